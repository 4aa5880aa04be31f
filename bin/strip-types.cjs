// Node strips no types from files below node_modules, which is where npm installs a dependency, pre-commit a hook, and
// npx what it fetches. There this does, for the files of lanekeeper alone.
'use strict'

const { readFileSync } = require('node:fs')
const { registerHooks, stripTypeScriptTypes } = require('node:module')
const { join, sep } = require('node:path')
const { fileURLToPath, pathToFileURL } = require('node:url')

const OWN = pathToFileURL(join(__dirname, '..', 'src') + sep).href

// The first call warns that it is experimental, which is no news for who runs lanekeeper.
const { emitWarning } = process
process.emitWarning = () => {}
stripTypeScriptTypes('')
process.emitWarning = emitWarning

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(OWN)) return nextLoad(url, context)
    return { format: 'module', source: stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8')), shortCircuit: true }
  },
})

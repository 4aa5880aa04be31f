import { Scalar, type ScalarTag, type Tags } from 'yaml'

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((text) => [text, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((text) => [text, false] as const),
])

const boolean: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  identify: (value) => typeof value === 'boolean',
  test: /^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => new Scalar(BOOLEANS.get(text) ?? false),
}

// Go's strconv.ParseInt with base 0, after every "_" is dropped: 0b, 0o, 0x, and a leading 0 for octal.
const integer: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  identify: (value) => Number.isInteger(value),
  test: /^[-+]?(?:0[bB][01_]*[01]_*|0[oO][0-7_]*[0-7]_*|0[xX][0-9a-fA-F_]*[0-9a-fA-F]_*|0[0-7_]*|[1-9][0-9_]*)$/,
  resolve: (text) => {
    const digits = text.replaceAll('_', '')
    const negative = digits.startsWith('-')
    const unsigned = digits.replace(/^[-+]/, '')
    const octal = /^0[0-7]+$/.test(unsigned) ? `0o${unsigned.slice(1)}` : unsigned
    const value = Number(octal)
    return negative ? -value : value
  },
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['.nan', Number.NaN],
  ['.inf', Number.POSITIVE_INFINITY],
  ['+.inf', Number.POSITIVE_INFINITY],
  ['-.inf', Number.NEGATIVE_INFINITY],
])

const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => typeof value === 'number',
  test: /^(?:[-+]?(?:\._*[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9][0-9_]*)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve: (text) => SPECIAL.get(text.toLowerCase()) ?? Number.parseFloat(text.replaceAll('_', '')),
}

/**
 * Plain scalars as kubectl reads them (sigs.k8s.io/yaml over go-yaml v2): YAML 1.1 booleans, Go's integers, no base-60 numbers, and times stay
 * strings. The library's own 1.1 numbers are not used: they read the names `e5` and `.` as NaN.
 */
export function kubectlTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => typeof tag === 'string' || !/:(?:bool|int|float|timestamp|binary|omap|pairs|set)$/.test(tag.tag))
  return [...kept, boolean, integer, float]
}

import type { Patch } from './check.ts'

/** A JSON pointer's way to write one key (RFC 6901). */
function pointerKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** Adds or changes one annotation; creates the map where the object has none. */
export function setAnnotation(key: string, value: string): Patch {
  return setKey('annotations', key, value)
}

/** Adds or changes one label; creates the map where the object has none. */
export function setLabel(key: string, value: string): Patch {
  return setKey('labels', key, value)
}

function setKey(map: 'annotations' | 'labels', key: string, value: string): Patch {
  return {
    operationsOn: (route) =>
      route[map].size === 0
        ? [{ op: 'add', path: `/metadata/${map}`, value: { [key]: value } }]
        : [{ op: 'add', path: `/metadata/${map}/${pointerKey(key)}`, value }],
    apply: (object) => ({ ...object, [map]: new Map([...object[map], [key, value]]) }),
  }
}

/** Removes one annotation that the object has. */
export function removeAnnotation(key: string): Patch {
  return {
    operationsOn: () => [{ op: 'remove', path: `/metadata/annotations/${pointerKey(key)}` }],
    apply: (object) => ({ ...object, annotations: new Map([...object.annotations].filter(([other]) => other !== key)) }),
  }
}

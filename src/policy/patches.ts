import type { HttpRoute } from '../delegation/route.ts'
import type { Patch } from './check.ts'

/** A JSON pointer's way to write one key (RFC 6901). */
export function pointerKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** Adds or changes one annotation; creates the map where the object has none. */
export function setAnnotation(route: HttpRoute, key: string, value: string): Patch {
  return {
    operations:
      route.annotations.size === 0
        ? [{ op: 'add', path: '/metadata/annotations', value: { [key]: value } }]
        : [{ op: 'add', path: `/metadata/annotations/${pointerKey(key)}`, value }],
    apply: (object) => ({ ...object, annotations: new Map([...object.annotations, [key, value]]) }),
  }
}

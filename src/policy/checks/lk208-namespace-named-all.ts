import type { Check } from '../check.ts'
import { delegatingRefs } from '../delegating-refs.ts'

export const namespaceNamedAll: Check = {
  code: 'LK208',
  effect: 'risk',
  rule: 'A label reference says `namespace: all`, meaning every namespace, while a namespace of that name exists.',
  action: 'Warn',
  patches: false,
  *find({ route, view }) {
    if (!view.hasNamespace('all')) return
    for (const { field, selector } of delegatingRefs(route)) {
      if (selector.by !== 'label' || selector.namespace !== undefined) continue
      yield {
        field: `${field}.namespace`,
        value: 'all',
        message: `a namespace called "all" exists: kgateway reads this reference as every namespace, gloo refuses it. Rename the namespace, or name the namespaces one by one.`,
      }
    }
  },
}

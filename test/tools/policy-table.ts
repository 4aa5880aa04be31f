import { delegationPolicyCrd } from '../../src/api/policy-crd.ts'
import { markdownTable } from './markdown-table.ts'

interface Schema {
  readonly description?: string
  readonly default?: unknown
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** The reference of `spec`, a row for each field, from the CRD. The inside of a label selector is Kubernetes' own. */
export function policyTable(): string {
  // The CRD is plain data; what is read of it has this shape by the rules of structural schemas.
  const spec = delegationPolicyCrd().spec.versions[0]?.schema.openAPIV3Schema.properties.spec as Schema | undefined
  return markdownTable(['field', 'default', 'meaning'], rowsOf(spec ?? {}, ''))
}

function rowsOf(schema: Schema, prefix: string): string[][] {
  const inside = schema.items ?? schema
  if (inside.properties === undefined || 'matchLabels' in inside.properties) return []
  const required = inside.required ?? []
  return Object.entries(inside.properties).flatMap(([key, field]) => {
    const path = `${prefix}${key}`
    const row = [`\`${path}\``, required.includes(key) ? 'required' : defaultOf(field), field.description ?? '']
    return [row, ...rowsOf(field, `${path}${field.items === undefined ? '' : '[]'}.`)]
  })
}

function defaultOf({ default: value, properties }: Schema): string {
  // A mapping of defaults is told by the rows of its fields.
  if (value === undefined || (properties !== undefined && !('matchLabels' in properties))) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

/**
 * What a refinement or a transform of a schema refuses, said again for the API server: a validation rule of the CRD, for `.meta`.
 * `self` is the value that the schema describes. Nothing derives one from the other: test/policy-mistakes.ts holds both sides to it.
 */
export function celRules(...rules: readonly { readonly rule: string; readonly message: string }[]) {
  return { 'x-kubernetes-validations': rules }
}

/** The answer to "is every request of this set in that one?": three values, because the truth has three. */
export type Containment =
  | { readonly verdict: 'contained' }
  /** `witness` is in the one set and not in the other; confirmed, not just constructed. */
  | { readonly verdict: 'not-contained'; readonly witness: string }
  | { readonly verdict: 'undecided'; readonly reason: string }

export type Intersection =
  | { readonly verdict: 'disjoint' }
  | { readonly verdict: 'intersecting'; readonly witness: string }
  | { readonly verdict: 'undecided'; readonly reason: string }

export const CONTAINED: Containment = { verdict: 'contained' }
export const DISJOINT: Intersection = { verdict: 'disjoint' }

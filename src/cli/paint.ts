import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

/** Colours text, or leaves it as it is: `colour` says whether the output wants any. */
export type Paint = (style: Style, text: string) => string

export function painter(colour: boolean): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
}

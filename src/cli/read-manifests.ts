import { type ManifestProblem, problemLine } from '../cluster/manifest-documents.ts'
import { type LoadedManifests, loadSource, withoutDuplicates } from '../cluster/manifests.ts'
import { type CheckSource, readSources, type SourcePlace } from './check-sources.ts'
import { InputError } from './input-error.ts'
import type { Io } from './io.ts'

/** Manifests as they were read, file by file, so that one of them can be read anew. */
export interface ReadManifests {
  readonly files: readonly ReadFile[]
  /** All files together. */
  readonly manifests: LoadedManifests
  readonly problems: readonly ManifestProblem[]
}

export interface ReadFile {
  readonly source: CheckSource
  readonly loaded: LoadedManifests
}

/** A path that holds nothing is a problem like one that isn't there: a job that looks into the wrong folder must not pass. */
export async function readManifests(paths: readonly string[], defaultNamespace: string, io: Io): Promise<ReadManifests> {
  const { files, places, unreadable } = await readFiles(paths, defaultNamespace, io)
  return together(files, [...unreadable, ...emptyPlaces(places, files)])
}

export interface WholeOptions {
  /** How messages call where the paths come from: `--against `. Default: not at all. */
  readonly flag?: string
  /** Whether a path may hold nothing. Default: no. */
  readonly mayBeEmpty?: boolean
}

/**
 * The same for what no answer can do without: a path of which anything can't be read is an InputError. What is wrong inside of a
 * file is a problem here, too.
 */
export async function readWhole(
  paths: readonly string[],
  defaultNamespace: string,
  io: Io,
  { flag = '', mayBeEmpty = false }: WholeOptions = {},
): Promise<ReadManifests> {
  const { files, places, unreadable } = await readFiles(paths, defaultNamespace, io)
  const missing = [...unreadable, ...(mayBeEmpty ? [] : emptyPlaces(places, files))]
  if (missing.length > 0) throw new InputError(missing.map((problem) => `${flag}${problemLine(problem)}`))
  return together(files, [])
}

/** The same manifests with other texts in some files. */
export function withTexts(read: ReadManifests, texts: ReadonlyMap<string, string>, defaultNamespace: string): ReadManifests {
  const files = read.files.map((file) => {
    const text = texts.get(file.source.file)
    return text === undefined ? file : readFile({ ...file.source, text }, defaultNamespace)
  })
  return together(
    files,
    read.problems.filter(({ line }) => line === 0),
  )
}

interface Files {
  readonly files: readonly ReadFile[]
  readonly places: readonly SourcePlace[]
  readonly unreadable: readonly ManifestProblem[]
}

async function readFiles(paths: readonly string[], defaultNamespace: string, io: Io): Promise<Files> {
  const { sources, places, problems } = await readSources(paths, io.readInput)
  return { files: sources.map((source) => readFile(source, defaultNamespace)), places, unreadable: problems }
}

function readFile(source: CheckSource, defaultNamespace: string): ReadFile {
  return { source, loaded: loadSource(source, { defaultNamespace, allowNonObjects: source.found }) }
}

/** The places where no object is, and nothing that is said to be wrong. */
function emptyPlaces(places: readonly SourcePlace[], files: readonly ReadFile[]): ManifestProblem[] {
  const empty = new Set(files.filter(({ loaded }) => !loaded.hasObjects && loaded.problems.length === 0).map(({ source }) => source.file))
  return places
    .filter((place) => place.files.every((file) => empty.has(file)))
    .map(({ given, isDirectory }) => ({
      file: given,
      line: 0,
      field: '',
      message: `holds no Kubernetes object${isDirectory ? ' in any .yaml, .yml or .json file' : ''}`,
    }))
}

function together(files: readonly ReadFile[], unreadable: readonly ManifestProblem[]): ReadManifests {
  const manifests = withoutDuplicates(files.map(({ loaded }) => loaded))
  return { files, manifests, problems: [...unreadable, ...manifests.problems] }
}

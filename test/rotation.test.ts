import { X509Certificate } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { x509Pki } from '../src/certificates/pki.ts'
import { DEFAULT_TIMINGS, type Leaf, mayServe, type TrustedAuthority } from '../src/certificates/rotation.ts'
import { SecretCertificates } from '../src/certificates/secret-certificates.ts'
import { modelCert, RotationWorld } from './rotation-world.ts'

const DAY = 86_400_000
const SECOND = 1_000

async function settled(replicas = 2): Promise<RotationWorld> {
  const world = new RotationWorld()
  for (let replica = 0; replica < replicas; replica++) world.start()
  await world.settle()
  return world
}

/** Settles, and looks again after the time of propagation, until the phases are through. */
async function rotate(world: RotationWorld): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await world.settle()
    world.now += 31 * SECOND
  }
  await world.settle()
}

/** Somebody empties the caBundle, and the first replica has looked at everything since. */
async function wipe(world: RotationWorld, name: string): Promise<void> {
  world.damage(
    world.configurations.findIndex((configuration) => configuration.name === name),
    '',
  )
  await world.tick(0)
  await world.call(0, 'done')
  await world.call(0, 'done')
}

const trustedBy = (world: RotationWorld) =>
  world.configurations.map((configuration) => world.pki.authoritiesIn(world.bundle(configuration)).map(({ id }) => id))
const servedBy = (world: RotationWorld) => world.served().map(({ authority }) => authority)

describe('the rotation', () => {
  it('by two replicas that start at once makes one CA', async () => {
    const world = await settled()
    const [state] = [world.pki.decode(world.secrets.at(-1)?.text ?? '')]
    expect(state.authorities).toHaveLength(1)
    expect(trustedBy(world)).toEqual([[state.authorities[0].id], [state.authorities[0].id]])
    expect(servedBy(world)).toEqual([state.authorities[0].id, state.authorities[0].id])
  })

  it('renews a leaf after two thirds of its life and touches no caBundle', async () => {
    const world = await settled()
    const [before, bundles] = [world.served()[0], world.configurations.map(({ version }) => version)]
    world.now += 59 * DAY
    await world.settle()
    expect(world.served()[0]).toEqual(before)
    world.now += 2 * DAY
    await world.settle()
    expect(world.served().map(({ expires }) => expires > (before?.expires ?? 0))).toEqual([true, true])
    expect(world.configurations.map(({ version }) => version)).toEqual(bundles)
  })

  it('publishes a new CA, waits, switches, and retires the old one when all it signed has expired', async () => {
    const world = await settled()
    const old = servedBy(world)[0] ?? ''
    // The leaf is current when the CA's time comes.
    for (let days = 0; days < 1300; days += 19) {
      world.now += 19 * DAY
      await world.settle()
      if (trustedBy(world)[0]?.length === 2) break
    }
    const next = trustedBy(world)[0]?.[0] ?? ''
    expect(trustedBy(world)).toEqual([
      [next, old],
      [next, old],
    ])
    expect(servedBy(world)).toEqual([old, old])
    world.now += 29 * SECOND
    await world.settle()
    expect(servedBy(world)).toEqual([old, old])
    world.now += 2 * SECOND
    await world.settle()
    expect(servedBy(world)).toEqual([next, next])
    world.now += 89 * DAY
    await world.settle()
    expect(trustedBy(world)[0]).toEqual([next, old])
    world.now += 2 * DAY
    await world.settle()
    expect(trustedBy(world)).toEqual([[next], [next]])
  })

  it.each([
    ['deleted', undefined],
    ['corrupt', '%'],
  ])('makes a new CA of a Secret that is %s, while what is served stays trusted', async (_name, text) => {
    const world = await settled()
    const old = servedBy(world)[0]
    world.setSecret(text)
    await world.settle()
    expect(servedBy(world)).toEqual([old, old])
    expect(trustedBy(world).map((ids) => ids.includes(old ?? ''))).toEqual([true, true])
    await rotate(world)
    const next = trustedBy(world)[0]?.[0]
    expect(servedBy(world)).toEqual([next, next])
    expect(next).not.toBe(old)
  })

  it('waits before the first CA signs when a caBundle had another, expired one', async () => {
    const world = new RotationWorld()
    world.start()
    world.start()
    // The first replica makes a Secret, and stalls before it writes the caBundles; for longer than its CA lasts.
    await world.tick(0)
    for (let call = 0; call < 5; call++) await world.call(0, 'done')
    world.setSecret(undefined)
    world.now += 2 * world.timings.caLife
    // The second one makes another Secret, and the late write comes right after.
    await world.tick(1)
    for (let call = 0; call < 3; call++) await world.call(0, 'done')
    await world.call(1, 'done')
    expect(trustedBy(world)).toEqual([['ca-1'], []])
    await world.settle()
    expect(trustedBy(world)).toEqual([['ca-2'], ['ca-2']])
    expect(servedBy(world)).toEqual([])
    world.now += 31 * SECOND
    await world.settle()
    expect(servedBy(world)).toEqual(['ca-2', 'ca-2'])
  })

  it('waits anew before a new CA signs when a caBundle lost it meanwhile', async () => {
    const world = await settled()
    const old = servedBy(world)[0]
    const before = world.configurations.map((configuration) => world.bundle(configuration))[0]
    world.now += 1300 * DAY
    await world.settle()
    expect(trustedBy(world)[0]).toHaveLength(2)
    expect(servedBy(world)).toEqual([old, old])
    world.now += 20 * SECOND
    world.damage(0, before)
    await world.settle()
    expect(trustedBy(world)[0]).toHaveLength(2)
    world.now += 29 * SECOND
    await world.settle()
    expect(servedBy(world)).toEqual([old, old])
    world.now += 2 * SECOND
    await world.settle()
    const next = trustedBy(world)[0]?.[0]
    expect(servedBy(world)).toEqual([next, next])
    expect(next).not.toBe(old)
  })

  it.each([
    ['wiped', ''],
    ['filled with something else', modelCert({ id: 'foreign', notBefore: 0, expires: Number.MAX_SAFE_INTEGER })],
  ])('repairs a caBundle that was %s', async (_name, text) => {
    const world = await settled()
    const own = servedBy(world)[0]
    world.damage(0, text)
    expect(trustedBy(world)[0]).not.toContain(own)
    await world.settle()
    expect(trustedBy(world)[0]).toContain(own)
    expect(world.replicas.map(({ certificates }) => certificates.inSync())).toEqual([true, true])
  })

  it('waits for nobody where no configuration exists, and fills one that appears', async () => {
    const world = new RotationWorld()
    world.damage(0, undefined)
    world.damage(1, undefined)
    world.start()
    await world.settle()
    expect(world.replicas[0]?.certificates.untrusted()).toBeUndefined()
    world.damage(1, '')
    await world.settle()
    expect(trustedBy(world)[1]).toEqual(servedBy(world))
  })

  it('tells why a replica can’t be ready', async () => {
    const world = new RotationWorld()
    world.start()
    const certificates = world.replicas[0]?.certificates
    expect(certificates?.untrusted()).toBe('no certificate to serve yet')
    await world.tick(0)
    await world.call(0, 'failed')
    expect(certificates?.untrusted()).toBe('connection refused')
    await world.settle()
    expect(certificates?.untrusted()).toBeUndefined()
    await wipe(world, 'validating')
    expect(certificates?.untrusted()).toBe('the caBundle of a validating webhook lacks the CA of the certificate that is served')
    expect(certificates?.inSync()).toBe(false)
  })

  it('is ready without a mutating webhook that trusts it, and fills that all the same', async () => {
    const world = await settled(1)
    const certificates = world.replicas[0]?.certificates
    await wipe(world, 'mutating')
    expect(certificates?.untrusted()).toBeUndefined()
    expect(certificates?.inSync()).toBe(false)
    await world.settle()
    expect(trustedBy(world)[1]).toEqual(servedBy(world))
    expect(certificates?.inSync()).toBe(true)
  })
})

describe('a replica changes over to the leaf of the Secret', () => {
  const NOW = 2 * DAY
  const authority = (id: string): TrustedAuthority => ({ id, cert: id, notBefore: 0, expires: 9 * DAY })
  const leaf = (by: string, expires: number): Leaf => ({ cert: `leaf of ${by}`, key: '', authority: by, hosts: [], notBefore: 0, expires })
  const ofOld = (expires: number) => ({ leaf: leaf('old', expires), authority: authority('old') })

  it.each([
    ['both webhooks trust it', ['new', 'old'], ['new'], ofOld(3 * DAY), true],
    ['the validating one trusts only the old one', ['old'], ['new', 'old'], ofOld(3 * DAY), false],
    ['the mutating one trusts only the old one', ['new', 'old'], ['old'], ofOld(3 * DAY), false],
    ['the validating one trusts neither', [], ['new', 'old'], ofOld(3 * DAY), true],
    ['the mutating one trusts neither', ['new', 'old'], [], ofOld(3 * DAY), true],
    ['the mutating one trusts only the old one, which has expired', ['new', 'old'], ['old'], ofOld(2 * DAY), true],
    ['the validating one doesn’t trust it, and it serves nothing yet', [], ['new'], undefined, false],
    ['the mutating one doesn’t trust it, and it serves nothing yet', ['new'], [], undefined, true],
  ])('%s', (_name, validating, mutating, served, may) => {
    const bundle = (ids: readonly string[]) => ({ validating: ids === validating, text: ids.join('\n'), authorities: ids.map(authority) })
    const live = [validating, mutating].map(bundle)
    expect(mayServe(leaf('new', 3 * DAY), live, served, NOW)).toBe(may)
    expect(mayServe(leaf('new', NOW), live, served, NOW)).toBe(false)
  })

  it('that starts while the mutating caBundle can’t be written', async () => {
    const world = await settled(1)
    world.damage(1, '')
    world.start()
    await world.tick(1)
    for (const outcome of ['done', 'done', 'failed'] as const) await world.call(0, outcome)
    const own = servedBy(world)[0]
    expect(servedBy(world)).toEqual([own, own])
    expect(trustedBy(world)).toEqual([[own], []])
    expect(world.replicas[1]?.certificates.untrusted()).toBeUndefined()
  })
})

it('a replica that is told of many changes during a look takes one more', async () => {
  const answer = Promise.withResolvers<never>()
  let looks = 0
  const certificates = new SecretCertificates({
    bundles: {
      read: () => {
        looks++
        return answer.promise
      },
      write: async () => false,
      watch: () => ({ close() {} }),
    },
    store: { read: async () => undefined, write: async () => false, watch: () => ({ close() {} }) },
    pki: x509Pki(DEFAULT_TIMINGS),
    timings: DEFAULT_TIMINGS,
    hosts: [],
  })
  const first = certificates.check()
  await turn()
  const told = Array.from({ length: 100 }, () => certificates.check())
  answer.reject(new Error('connection refused'))
  await Promise.all([first, ...told])
  expect(looks).toBe(2)
})

describe('with real certificates', () => {
  const X509 = { ...DEFAULT_TIMINGS }

  /** Go's rule: some certificate of the bundle issued it, by name and by signature. */
  function verifies(leaf: string, bundle: string): boolean {
    const certificate = new X509Certificate(leaf)
    const roots = bundle.split(/(?=-----BEGIN)/).filter((block) => block !== '')
    return roots.some((root) => {
      const authority = new X509Certificate(root)
      return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
    })
  }

  it('every leaf verifies under every bundle, through renewals, a lost Secret and wiped bundles', async () => {
    const world = new RotationWorld(x509Pki)
    world.start()
    world.start()
    await world.settle()
    const seen = new Set<string>()
    const look = () => {
      for (const { certificates } of world.replicas) {
        const leaf = certificates.current()?.cert ?? ''
        seen.add(leaf)
        for (const configuration of world.configurations) expect(verifies(leaf, world.bundle(configuration))).toBe(true)
      }
    }
    for (let step = 0; step < 60; step++) {
      if (step === 20) world.setSecret(undefined)
      if (step === 40) world.damage(0, '')
      await rotate(world)
      look()
      world.now += step === 30 ? 4 * 365 * DAY : 30 * DAY
    }
    expect(seen.size).toBeGreaterThan(10)
  })

  it('a Secret is read as it was written, and nothing else is taken for one', async () => {
    const world = new RotationWorld(x509Pki)
    world.start()
    await world.settle()
    const text = world.secrets.at(-1)?.text ?? ''
    const pki = x509Pki(X509)
    expect(pki.encode(pki.decode(text))).toBe(text)
    const stored = JSON.parse(text)
    const foreign = await pki.newLeaf(await pki.newAuthority(world.now), ['localhost'], world.now)
    const broken: readonly (readonly [unknown, string])[] = [
      [{ ...stored, extra: 1 }, 'it has another shape'],
      [{ ...stored, authorities: [] }, 'it has another shape'],
      [{ ...stored, authorities: [stored.authorities[0], stored.authorities[0]] }, 'a CA is listed twice'],
      [{ ...stored, authorities: [{ cert: stored.authorities[0].cert, retireAt: 1 }] }, 'the first CA has no key'],
      [{ ...stored, authorities: [{ cert: stored.leaf.cert, key: stored.leaf.key }] }, 'a signing CA is no CA'],
      [{ ...stored, leaf: { cert: foreign.cert, key: foreign.key, hosts: [] } }, 'none of its CAs signed the server certificate'],
      [{ ...stored, leaf: { ...stored.leaf, key: foreign.key } }, 'the private key does not belong to the certificate'],
    ]
    for (const [value, message] of broken) expect(() => pki.decode(JSON.stringify(value))).toThrow(message)
    expect(() => pki.decode('%')).toThrow('it is no JSON')
  })
})

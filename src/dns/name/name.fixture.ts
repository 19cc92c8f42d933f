/** Random names for property tests: short letters and long labels of any octet, cases mixed, many that share suffixes. */
import fc from 'fast-check'
import { MAX_NAME } from './labels.ts'
import { Name } from './name.ts'

const octet = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...new TextEncoder().encode('abAB')) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 2, 0x2e, 0x5c, 0x40, 0x41, 0x5a, 0x5b, 0x61, 0x7a, 0xc0, 0xff) },
)

const label = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 4 })
      .chain((l) => fc.array(octet, { minLength: l.length, maxLength: l.length })),
  },
  { weight: 1, arbitrary: fc.array(octet, { minLength: 1, maxLength: 63 }) },
  { weight: 1, arbitrary: fc.array(octet, { minLength: 60, maxLength: 63 }) },
)

/** Any well-formed name, the root and names of 255 octets included. */
export const anyName: fc.Arbitrary<Name> = fc
  .oneof(fc.array(label, { maxLength: 5 }), fc.array(label, { maxLength: 130 }))
  .map((labels) =>
    labels.reduce((name, octets) => {
      const room = MAX_NAME - name.octets.length - 1
      return room < 1 ? name : name.child(Uint8Array.from(octets).subarray(0, room))
    }, Name.root),
  )

/** The labels of a name as lower-case strings from the right: a slow, plain model of it. */
export function model(name: Name): string[] {
  return [...name.labels()]
    .map((octets) => String.fromCharCode(...octets).replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()))
    .reverse()
}

/** The settings of a validator that nobody told otherwise. */
import { findAlgorithm, Verifier } from '../dnssec/index.ts'
import type { ValidatorSettings } from './settings.ts'

const DAY = 86_400

export const USUAL_VALIDATOR_SETTINGS: ValidatorSettings = {
  prepareKey: (algorithm, publicKey) => Verifier.create(algorithm, publicKey),
  isSupported: (algorithm) => findAlgorithm(algorithm) !== 'unsupported',
  // RFC 9276 §3.2 leaves the number to us; zones of older Windows servers have 50, and 150 is what most validators accept.
  maxNsec3Iterations: 150,
  hardenAlgorithmDowngrade: false,
  skew: { share: 0.1, leastSeconds: 3600, mostSeconds: DAY },
  ignoreTimes: false,
  maxKeySeconds: DAY,
  bogusSeconds: 60,
}

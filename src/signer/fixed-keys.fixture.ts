/** Keys that never change, for signing tests: two each of Ed25519, RSA/SHA-256 (1024 bits, to be quick) and Ed448. Nothing is secured by them. */
import { Name } from '../dns/name/index.ts'
import { parseBindKey, SigningKey } from '../dnssec/index.ts'

const FOREVER = { created: 0, publish: 0, activate: 0 }

/** The key of a number and role, as a key of that zone. */
export function fixedKey(algorithm: 8 | 15 | 16, role: 'ksk' | 'zsk' | 'csk', zone: Name = Name.root): SigningKey {
  const [record, secret] = TEXTS[`${algorithm} ${role === 'zsk' ? 'zsk' : 'ksk'}`]
  const key = parseBindKey({ file: 'fixed.key', text: record }, { file: 'fixed.private', text: secret })
  const { flags, publicKey, privateKey } = key
  return SigningKey.create({ zone, algorithm, flags, role, publicKey, privateKey, times: FOREVER, source: key.source })
}

/** A KSK and a ZSK of the algorithm. */
export function fixedPair(algorithm: 8 | 15 | 16, zone: Name = Name.root): SigningKey[] {
  return [fixedKey(algorithm, 'ksk', zone), fixedKey(algorithm, 'zsk', zone)]
}

type KeyTexts = readonly [record: string, secret: string]

const TEXTS: Readonly<Record<`${8 | 15 | 16} ${'ksk' | 'zsk'}`, KeyTexts>> = {
  '15 ksk': [
    '. IN DNSKEY 257 3 15 oLJm233r4qNXf8FRjjROchIiDXRCtvSuXiXV53nMFkQ=\n',
    `Private-key-format: v1.3
Algorithm: 15 (ED25519)
PrivateKey: XokFN3jqwYh7Kty4r6Eazs1AfL/tCWuqH4IFmsbe/Ek=
`,
  ],
  '15 zsk': [
    '. IN DNSKEY 256 3 15 /XwUCjgm+M7NzRi9QhFC6AgWYB3X4SvoaImv5amIg1Y=\n',
    `Private-key-format: v1.3
Algorithm: 15 (ED25519)
PrivateKey: CiK0fzFa31732wH3x95LZndRYIOdcPJlp1oz+1Unbj0=
`,
  ],
  '8 ksk': [
    '. IN DNSKEY 257 3 8 AwEAAbhhSJrRYjloN9Z5uDf+FDJtciCdJPE7/27fXQiOfakkVqry2jh7G51WDFxUrVvBYa0418jaEAG+XGY0ud6MkZXmrCqVugn7ayItNUa/KvOI61XqsksChTiChALcT2FLZMUbl+Bzqn0nWWzYNXMQlnG6Pf7dyXpGYRmMD0LcAmCx\n',
    `Private-key-format: v1.3
Algorithm: 8 (RSASHA256)
Modulus: uGFImtFiOWg31nm4N/4UMm1yIJ0k8Tv/bt9dCI59qSRWqvLaOHsbnVYMXFStW8FhrTjXyNoQAb5cZjS53oyRleasKpW6CftrIi01Rr8q84jrVeqySwKFOIKEAtxPYUtkxRuX4HOqfSdZbNg1cxCWcbo9/t3JekZhGYwPQtwCYLE=
PublicExponent: AQAB
PrivateExponent: ddATqHkqHixtoWndQEnldeNhDV3cARipOpsWwyTpPm6twkWzEmv3VS1qcITa0MpcM2ci2oAbwkF0oQoHyiBf1SXDtypPJbrlreuMxMnhgXsE4qU8cGG1UcUYVX1s1L5dfs6C4sD4ZiayVJP1cOVayg7OgtCwGP/K+R8SC3dVIQE=
Prime1: 7z+kfEvxV8NZfelon57NqE+bfmY1Ejf/KuXnWWzHrUxSX80d9UGywb9UGq2yxv2UEKpG9+mRIx8esh8VXOjCqQ==
Prime2: xUopVg9KiSCaGA/Iwmp0lr7O7R86jm4E05tN0zlYuUxUobbx6MkkMcIhgUoyg/f+AREg7dpfvHT1iFGVY7V6yQ==
Exponent1: ukZg+O3gAKb2fJRIg08PbKZeuLE3TPIQWAQcdoG9je5IjJKVaqk2VqdzAjqPYWN57ufEza0q9Z97NNACwA3x0Q==
Exponent2: FUlGInnt4dO5rITvdUKFJ8qYiu8Go11teeNUx0h1sTByJSyW9zXUiOXYNZnqz2BPcJAHjII2OCAqabXbt3FaOQ==
Coefficient: qnbAGZ9xwR5H572SxHj8LzkB2Q0FdBuH5hXByXJkPqYiVxXhekBKygLMncVo7Ks6zY8wgO744yqPMyuLBYo+Kw==
`,
  ],
  '8 zsk': [
    '. IN DNSKEY 256 3 8 AwEAAbvclFhPZmnaCNLmLhxKXvPYVXZB2ot36mDEcjieMSdgVhS2FE2GkVPepos4WuunzoT9bpvgA6HEmRAIX1AhXeAP3nX38dmYRDcinWP2PgxJ1ngLo9GdcwM2DmBw99qLfFnNZSxGK8/LmLi6me3cYVGHRe7tv1PNcYGTNZBdaIWt\n',
    `Private-key-format: v1.3
Algorithm: 8 (RSASHA256)
Modulus: u9yUWE9madoI0uYuHEpe89hVdkHai3fqYMRyOJ4xJ2BWFLYUTYaRU96mizha66fOhP1um+ADocSZEAhfUCFd4A/edffx2ZhENyKdY/Y+DEnWeAuj0Z1zAzYOYHD32ot8Wc1lLEYrz8uYuLqZ7dxhUYdF7u2/U81xgZM1kF1oha0=
PublicExponent: AQAB
PrivateExponent: P1o6uLFGE0pREXZIdIfsD4WUBIZewgvVgX6eGlPWtbW6Mc/Zdu97kPIT7f06RCBZ9+VTaMOZ1fLrv0ljgy1Nb49X5Qa/kEP3vvJkyh4idW7RSIdr6GpCHrzS4iiuL1RAid7bpfdhzU4pKxVrYwljK6/DnFu5ijMo+1T+b0OgLsE=
Prime1: 4DXXRrZyLTsFemUJ085FLL8HGDY2D2FItr9l6Phorfe2LgFT/RnsjyNOTwE1196c+k6++ulFIgTHpL4Drp2UkQ==
Prime2: 1n9kG9NFXnTZXlKMHemaaTJGg3XDm5GtKmtzR4iOCsloOC2Fkc2qkletyANq+Ah3kOCTVBQEQoOBNXx4KxM9XQ==
Exponent1: Zxla/LE4n4PcaQO9GSBovsK4yHFlOn1Jqn8opZBU0mpt44nIzUH2fXuGrt2nnLRJCvDa8RYDLDl2dFLL7qeXgQ==
Exponent2: A3MdCw2EyhYbANdXBYwiPZrfY3HbaX8YR9xeiEH79tRyZqTkxwmFusDKPLNBXyfTtHLIK8v+nYs74r5TuG2gyQ==
Coefficient: nn455kuN5Vl6q3XxDAYug80skjGdc7/1fP16xn1EBSEWDZ7CcrnCzsrVW7whHhojnXYE5h0p8dXpwjIlVx8LHw==
`,
  ],
  '16 ksk': [
    '. IN DNSKEY 257 3 16 kZ9z2nzoteckcI8kcBnFbi0nEcDeG/eFgtUW7KT7sft2qO0bWAXIay7pGXmBBcvlH1BA2tlUZ18A\n',
    `Private-key-format: v1.3
Algorithm: 16 (ED448)
PrivateKey: jfy9mWJTB7j9pYwMVCR5GQWTRhU5aYoZ298rB5oytqKMRo9+qLdW5wdY3k7V0QKzQXF8r+k/52eb
`,
  ],
  '16 zsk': [
    '. IN DNSKEY 256 3 16 ZPyzFjDB30OQyAMOVIPGk9QO0V8Gwd0ixp51xFD2ujzC5K1slSwHb7f3ld4SW3httDDkXStgvA+A\n',
    `Private-key-format: v1.3
Algorithm: 16 (ED448)
PrivateKey: mPx5mA0sC6O8e1Y0auGF/CpIHUY0zg5yI4KfNY9mHsyom4AR3CWC74Haiy87dRYwe1W/wK6n8rUz
`,
  ],
}

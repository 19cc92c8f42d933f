/**
 * A resolution as an answer that is ready for any client who asks this question with the same DO and CD: what the answer cache
 * keeps, and what a responder puts behind a client's own header and question.
 */
import type { ReadyAnswer } from '../../authority/index.ts'
import type { Name } from '../../dns/name/index.ts'
import { shortLivedCopy } from '../../dns/octets.ts'
import { CLASS_IN } from '../../dns/rr/index.ts'
import { MAX_MESSAGE } from '../../dns/wire/index.ts'
import type { SteadySeconds } from '../../ports/index.ts'
import { encodeRemarks, type Resolution, ResponseWriter } from '../../resolver/index.ts'

export type AskedQuestion = {
  readonly name: Name
  readonly type: number
  readonly dnssecOk: boolean
  readonly checkingDisabled: boolean
}

/** An answer of at most so many octets has the texts of its extended errors: they must not be what makes it too long. */
const ROOM_FOR_TEXT = 1100
/** An answer whose life is shorter than this is not fetched anew before its end (seconds). */
const LEAST_REFRESHED = 20
/** The last tenth of its life is the time to fetch it anew. */
const REFRESH_SHARE = 0.1

const writer = new ResponseWriter({ udpSize: 1232 })

/** `isRefreshed`: those who ask near its end have it fetched anew. */
export function makeReady(
  { name, type, dnssecOk, checkingDisabled }: AskedQuestion,
  resolution: Resolution,
  now: SteadySeconds,
  options: { readonly isRefreshed?: boolean; readonly isAuthoritative?: boolean } = {},
): ReadyAnswer {
  const written = writer.write(
    {
      id: 0,
      name,
      type,
      class: CLASS_IN,
      recursionDesired: true,
      checkingDisabled,
      authenticData: true,
      hasEdns: false,
      dnssecOk,
      limit: MAX_MESSAGE,
    },
    resolution,
    now,
    { isAuthoritative: options.isAuthoritative === true },
  )
  const octets = shortLivedCopy(written, 0, written.length)
  const { remarks, expires } = resolution
  const life = expires - now
  return {
    octets,
    dnssecOk,
    checkingDisabled,
    expires,
    ...(remarks.length > 0 && { options: encodeRemarks(remarks, ROOM_FOR_TEXT - octets.length) }),
    ...(options.isRefreshed === true &&
      life >= LEAST_REFRESHED && { refreshFrom: expires - Math.ceil(life * REFRESH_SHARE) }),
  }
}

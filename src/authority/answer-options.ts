/** The options of the answer's OPT: what those of the query ask for, and what the server adds. */
import { OctetWriter } from '../dns/octets.ts'
import {
  HEADER_SIZE,
  type MessageView,
  OPTION_COOKIE,
  OPTION_EDE,
  OPTION_EXPIRE,
  OPTION_KEEPALIVE,
  OPTION_NSID,
} from '../dns/wire/index.ts'
import type { SteadySeconds, UnixSeconds } from '../ports/index.ts'
import type { ServerCookies } from '../tsig/index.ts'
import { type ImageReader, ZONE_EXPIRES } from '../zone/index.ts'
import type { Asker } from './asker.ts'
import { soaExpire } from './negative-soa.ts'
import { EVENT, type QueryCounters, TRANSPORT } from './query-counters.ts'

const COOKIE_SIZE = 24

export type OptionSettings = {
  readonly nsid?: Uint8Array
  readonly cookies?: ServerCookies
  readonly keepaliveDeciseconds: number
}

/** For one packet after another, whose view it looks at. */
export class AnswerOptions {
  readonly out: OctetWriter = new OctetWriter(512)
  /** The client has shown that it receives what is sent to its address (RFC 7873). */
  cookieGood = false
  /** It asks how long the zone's copy is good (RFC 7314); `expire` says so. */
  wantsExpire = false
  readonly #view: MessageView
  readonly #reader: ImageReader
  readonly #settings: OptionSettings

  constructor(view: MessageView, reader: ImageReader, settings: OptionSettings) {
    this.#view = view
    this.#reader = reader
    this.#settings = settings
  }

  get length(): number {
    return this.out.length
  }

  /** Nothing of an earlier client gets into an answer. */
  forget(): void {
    this.out.length = 0
    this.wantsExpire = false
    this.cookieGood = false
  }

  /** Reads the options of the query and prepares those of the answer. False when one is malformed. */
  read(asker: Asker, now: UnixSeconds, counters: QueryCounters): boolean {
    const view = this.#view
    const options = this.out
    if (view.optionsEnd === view.optionsAt || !view.hasEdns) return true
    const { nsid } = this.#settings
    if (nsid !== undefined && view.optionAt(OPTION_NSID) >= 0) {
      options.u16(OPTION_NSID)
      options.u16(nsid.length)
      options.bytes(nsid)
    }
    this.wantsExpire = view.optionAt(OPTION_EXPIRE) >= 0
    if (
      asker.transport >= TRANSPORT.tcp4 &&
      asker.transport < TRANSPORT.https &&
      view.optionAt(OPTION_KEEPALIVE) >= 0
    ) {
      options.u16(OPTION_KEEPALIVE)
      options.u16(2)
      // RFC 7828 §3.3.2: the time that the connection has now.
      options.u16(Math.round(this.#settings.keepaliveDeciseconds * asker.patience))
    }
    return this.#readCookie(asker, now, counters)
  }

  #readCookie(asker: Asker, now: UnixSeconds, counters: QueryCounters): boolean {
    const view = this.#view
    const { cookies } = this.#settings
    const at = view.optionAt(OPTION_COOKIE)
    if (at < 0) {
      counters.event(EVENT.cookieAbsent)
      return true
    }
    const length = view.optionLength(at)
    // RFC 7873 §5.2.2: 8 octets, or 16 to 40.
    if (length < 8 || (length > 8 && length < 16) || length > 40) return false
    if (cookies === undefined) return true
    const options = this.out
    const verdict =
      length === 8 ? 'bad' : cookies.check(view.octets, at, length, asker.octets, asker.at, asker.length, now)
    counters.event(length === 8 ? EVENT.cookieClientOnly : verdict === 'bad' ? EVENT.cookieBad : EVENT.cookieGood)
    this.cookieGood = verdict !== 'bad'
    options.ensure(4 + COOKIE_SIZE)
    options.u16(OPTION_COOKIE)
    options.u16(COOKIE_SIZE)
    if (verdict === 'good') options.bytes(view.octets, at, at + COOKIE_SIZE)
    else {
      options.bytes(view.octets, at, at + 8)
      cookies.make(view.octets, at, asker.octets, asker.at, asker.length, now, options.octets, options.length)
      options.length += COOKIE_SIZE - 8
    }
    return true
  }

  extendedError(code: number): void {
    const options = this.out
    if (!this.#view.hasEdns) return
    options.u16(OPTION_EDE)
    options.u16(2)
    options.u16(code)
  }

  /** How long the copy that answered is still good (RFC 7314 §2). */
  expire(zone: number, now: SteadySeconds): void {
    if (this.#reader.nameLength(zone) !== this.#view.qnameEnd - HEADER_SIZE) return
    const expires = this.#reader.memory.words[zone * 2 + ZONE_EXPIRES]! >>> 0
    const options = this.out
    options.u16(OPTION_EXPIRE)
    options.u16(4)
    // A primary's copy is as good as the SOA says.
    options.u32(expires === 0 ? soaExpire(this.#reader, zone) : Math.max(0, expires - now))
  }
}

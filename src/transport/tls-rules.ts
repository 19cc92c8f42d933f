/** What every TLS connection keeps to, in and out (RFC 9325): forward secrecy, AEAD ciphers, no renegotiation. */
import { constants } from 'node:crypto'

/** RFC 9325 §4.2: those of TLS 1.3, then those of TLS 1.2 with ECDHE and an AEAD; nothing with CBC, RSA key transport or DHE. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

/** Options of a secure context. The oldest version is that of the use: 1.2 for clients of ours, 1.3 for servers that are asked. */
export const TLS_RULES = {
  ciphers: CIPHERS.join(':'),
  /** RFC 9325 §3.5: a client would have the server work anew for each renegotiation. TLS 1.3 has none. */
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
}

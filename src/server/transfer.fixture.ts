/** Transfers from a server on loopback, as a secondary asks for them. */
import type { Name } from '../dns/name/index.ts'
import type { Serial } from '../dns/serial.ts'
import { bareSoa, makeSecondaryQuery, type TransferOutcome, TransferReader } from '../transfer/index.ts'
import { NetworkExchange } from '../transport/index.ts'

const ID = 7
const exchange = new NetworkExchange({ timeoutSeconds: 5 })

/** The answer to AXFR, or to IXFR from a serial; undefined when the server gives no version. */
export async function transferFrom(port: number, zone: Name, serial?: Serial): Promise<TransferOutcome | undefined> {
  const form = serial === undefined ? 'axfr' : 'ixfr'
  const reader = new TransferReader({ id: ID, zone, form, ...(serial !== undefined && { serial }) })
  const query = makeSecondaryQuery(
    ID,
    zone,
    serial === undefined ? { form: 'axfr' } : { form: 'ixfr', soa: bareSoa(serial) },
  )
  for await (const message of exchange.stream({ address: Uint8Array.of(127, 0, 0, 1), port }, query)) {
    const step = reader.read(message)
    if (step.kind === 'failed') return undefined
    if (step.kind === 'done') return step.outcome
  }
  return undefined
}

/** Asks each address that is named, by UDP and TCP, and prints as JSON where each answer by UDP came from: run within a namespace. */
import { askTcp, askUdp, question } from '../../src/cli/running-server.fixture.ts'

const [name = '', port = '', ...addresses] = process.argv.slice(2)
const rows: Record<string, string> = {}
for (const address of addresses) {
  const { from, message } = await askUdp(question(name), Number(port), address)
  const { answer } = await askTcp(question(name), Number(port), address)
  rows[address] = message.answer.length === 1 && answer.length === 1 ? from : 'wrong answer'
}
console.log(JSON.stringify(rows))

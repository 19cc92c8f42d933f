/** What is asked: of each zone some of a fixed list, so that all of it is asked of zones of every kind. */
import type { Form, Question } from './ask.ts'
import type { Lab } from './build.ts'
import type { ZonePlan } from './zone-plan.ts'

/** The first few are asked of every zone. */
const ALWAYS = 5

const OF_A_ZONE: readonly string[] = [
  'www A',
  'nothing A',
  'txt A',
  'x.wild A',
  '@ DNSKEY',
  'www AAAA',
  'www MX',
  'x.www A',
  'x.y.www TXT',
  '@ SOA',
  '@ DS',
  '@ NS',
  '@ MX',
  '@ AAAA',
  '@ CNAME',
  'txt TXT',
  'mixed A',
  'MIXED AAAA',
  'ent A',
  'b.c.ent TXT',
  'a.b.c.ent A',
  'nothing.ent A',
  'a.b.nothing A',
  'nothing DS',
  'www DS',
  'a.b.wild TXT',
  'a.wild A',
  'x.a.wild A',
  'b.a.wild A',
  'x.wild AAAA',
  'x.wild DS',
  '*.wild A',
  '*.wild AAAA',
  'wild A',
  'x.cwild A',
  'x.cwild TXT',
  'x.cout A',
  'alias A',
  'alias CNAME',
  'alias MX',
  'alias-nx A',
  'alias-ent A',
  'alias-wild A',
  'to-next A',
  'to-next AAAA',
  'to-far A',
  'to-ins A',
  'to-wild TXT',
  'chain A',
  'loop A',
  'www.dn A',
  'nothing.dn A',
  'dn A',
  'dn DNAME',
  'c.dni A',
  'a.b.c.dni A',
  'ins NS',
  'ins A',
  'ins DS',
  'www.ins A',
  'www.ins TXT',
  'nothing.ins A',
  'x.wild.ins A',
  'back.ins A',
  'nowhere.ins A',
  'x.ins DS',
  'deep A',
  'cut.deep DS',
  'x.deep A',
  'sec A',
  'sec DS',
  'www.sec A',
  'nothing.sec A',
  'x.wild.sec A',
  'up.sec A',
  'to-sec A',
  '@ TXT',
  '@ NSEC3PARAM',
  '@ TYPE65280',
]

const OF_A_TOP: readonly string[] = [
  '@ DNSKEY',
  '@ DS',
  '@ SOA',
  'www A',
  'nothing A',
  'x.wild TXT',
  'x.wild A',
  'wild A',
]

/** Mostly with DO. */
const FORMS: Readonly<Record<number, Form>> = { 3: 'plain', 7: 'ad', 11: 'do-cd', 15: 'cd' }

/** About so many questions, in an order that mixes the zones. */
export function questionsOf(lab: Lab, count: number): { question: Question; zone: ZonePlan }[] {
  const asked = lab.zones.filter(({ level }) => level === 'zone')
  const tops = lab.zones.filter(({ level }) => level === 'top')
  const found: { question: Question; zone: ZonePlan }[] = []
  const add = (zone: ZonePlan, row: string, form: Form): void => {
    const [label = '', type = ''] = row.split(' ')
    found.push({ question: { name: label === '@' ? zone.apex : `${label}.${zone.apex}`, type, form }, zone })
  }
  for (const zone of tops) for (const row of OF_A_TOP) add(zone, row, 'do')
  const rounds = Math.ceil((count - found.length) / asked.length)
  const others = OF_A_ZONE.length - ALWAYS
  for (let round = 0; round < rounds; round++) {
    asked.forEach((zone, place) => {
      const which =
        round < ALWAYS ? round : ALWAYS + ((place * 7 + Math.floor(place / others) + (round - ALWAYS) * 11) % others)
      const form = round < 3 ? 'do' : (FORMS[(place + round * 5) % 20] ?? 'do')
      add(zone, OF_A_ZONE[which] ?? '', form)
    })
  }
  return found
}

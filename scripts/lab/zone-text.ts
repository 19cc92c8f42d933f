/** What stands in the zones of the lab, before they are signed. */
import { addressesOf } from './addresses.ts'
import { hasSignedChild, type ZonePlan } from './zone-plan.ts'

const HEAD = '$TTL 300\n'
const SOA = '@ SOA ns0 hostmaster 1 7200 3600 1209600 300\n'

/** NS records and addresses for a zone, at its own apex or at the cut above; names are those within the zone. */
function nameServers(apex: string, plan: ZonePlan): string {
  return addressesOf(plan)
    .map(
      (address, i) =>
        `${apex} 300 NS ns${i}.${apex === '.' ? '' : apex}\nns${i}.${apex === '.' ? '' : apex} 300 A ${address}\n`,
    )
    .join('')
}

/** What the parent holds of a zone, without the DS. */
export function delegation(plan: ZonePlan): string {
  return nameServers(plan.apex, plan)
}

/** The unsigned text of a zone. `cuts` is what it holds of those below it. */
export function zoneText(plan: ZonePlan, zones: readonly ZonePlan[], cuts: string): string {
  const head = `$ORIGIN ${plan.apex}\n${HEAD}${SOA}${nameServers(plan.apex, plan)}`
  switch (plan.level) {
    case 'root':
      return `${HEAD}. SOA ns0. hostmaster. 1 7200 3600 1209600 300\n${nameServers('.', plan)}${cuts}`
    case 'top':
      return `${head}www A 192.0.2.1\n*.wild TXT "any"\n${cuts}`
    case 'zone':
      return head + content(plan, zones) + cuts
    case 'child':
      return `${head}@ A 192.0.2.7\nwww A 192.0.2.8\n*.wild A 192.0.2.9\nup CNAME www.${plan.parent}\n`
    case 'unsigned':
      return `${head}www A 192.0.2.5\n*.wild A 192.0.2.6\nback CNAME www.${plan.parent}\nnowhere CNAME nx.${plan.parent}\n`
  }
}

function content(plan: ZonePlan, zones: readonly ZonePlan[]): string {
  const others = zones.filter(({ level }) => level === 'zone')
  const [next, far] = [1, 37].map((step) => others[(plan.number + step) % others.length]?.apex ?? plan.apex)
  const child = hasSignedChild(plan) ? 'to-sec CNAME www.sec\n' : ''
  return `@ A 192.0.2.10
@ MX 10 Mail.Example.${plan.apex}
@ TXT "zone ${plan.number}"
www A 192.0.2.11
www AAAA 2001:db8::11
x.y.www TXT "below"
txt TXT "${'long '.repeat(30)}"
MiXed A 192.0.2.12
a.b.c.ent A 192.0.2.13
*.wild A 192.0.2.14
*.wild TXT "wild"
b.a.wild A 192.0.2.15
*.cwild CNAME www
*.cout CNAME www.${next}
alias CNAME www
alias-nx CNAME nothing
alias-ent CNAME ent
alias-wild CNAME one.wild
to-next CNAME www.${next}
to-far CNAME alias.${far}
to-ins CNAME www.ins
to-wild CNAME z.wild.${far}
chain CNAME to-next.${next}
loop CNAME pool
pool CNAME loop
dn DNAME ${next}
dni DNAME ent
cut.deep NS ns.cut.deep
ns.cut.deep A 192.0.2.99
${child}`
}

/** Each kind of answer of signed zones, with its proof. */
import { Name } from '../dns/name/index.ts'
import { expectAnswer } from './answer-tables.fixture.ts'
import { hashLabel, hashOf } from './naive-zone.fixture.ts'

expectAnswer(
  'RFC4035 §3.1.1: an answer with its signature',
  'nsec',
  'www A DO',
  `
    NOERROR AA
    an www.example. A 192.0.2.2
    an www.example. RRSIG A
`,
)

expectAnswer(
  'RFC4035 §3.1.3.1: no data',
  'nsec',
  'www MX DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au www.example. NSEC
    au www.example. RRSIG NSEC
`,
)

expectAnswer(
  'RFC4035 §3.1.3.1: no data at an empty non-terminal',
  'nsec',
  'ent A DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au dangling.example. NSEC
    au dangling.example. RRSIG NSEC
`,
)

expectAnswer(
  'RFC4035 §3.1.3.2: no name',
  'nsec',
  'none A DO',
  `
    NXDOMAIN AA
    au example. SOA
    au example. RRSIG SOA
    au www.new.example. NSEC
    au www.new.example. RRSIG NSEC
    au example. NSEC
    au example. RRSIG NSEC
`,
)

expectAnswer(
  'RFC4035 §3.1.3.3: an answer from a wildcard',
  'nsec',
  'x.y.wild TXT DO',
  `
    NOERROR AA
    an x.y.wild.example. TXT "wild"
    an x.y.wild.example. RRSIG TXT
    au *.wild.example. NSEC
    au *.wild.example. RRSIG NSEC
`,
)

expectAnswer(
  'RFC4035 §3.1.3.3: an alias from a wildcard is proven behind what it leads to',
  'nsec',
  'x.wa A DO',
  `
    NOERROR AA
    an x.wa.example. CNAME www.example.
    an x.wa.example. RRSIG CNAME
    an www.example. A 192.0.2.2
    an www.example. RRSIG A
    au *.wa.example. NSEC
    au *.wa.example. RRSIG NSEC
`,
)

expectAnswer(
  'RFC4035 §3.1.3.4: no data at a wildcard',
  'nsec',
  'x.wild A DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au *.wild.example. NSEC
    au *.wild.example. RRSIG NSEC
`,
)

expectAnswer(
  'RFC4035 §3.1.4: a referral to a signed zone',
  'nsec',
  'x.secure A DO',
  `
    NOERROR
    au secure.example. NS ns.elsewhere.
    au secure.example. DS 1 13 99 00
    au secure.example. RRSIG DS
`,
)

expectAnswer(
  'RFC4035 §3.1.4: a referral to an unsigned zone',
  'nsec',
  'www.sub A DO',
  `
    NOERROR
    au sub.example. NS ns.sub.example.
    au sub.example. NS ns.example.
    au sub.example. NSEC
    au sub.example. RRSIG NSEC
    ad ns.sub.example. A 192.0.2.3
    ad ns.example. A 192.0.2.1
`,
)

expectAnswer(
  'RFC4035 §3.1.4.1: no DS at a zone cut',
  'nsec',
  'sub DS DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au sub.example. NSEC
    au sub.example. RRSIG NSEC
`,
)

expectAnswer(
  'RFC6672 §5.3.1: the DNAME is signed, the CNAME is not',
  'nsec',
  'www.old A DO',
  `
    NOERROR AA
    an old.example. DNAME new.example.
    an old.example. RRSIG DNAME
    an www.old.example. CNAME www.new.example.
    an www.new.example. A 192.0.2.6
    an www.new.example. RRSIG A
`,
)

expectAnswer(
  'RFC5155 §7.2.1: no name',
  'nsec3',
  'none A DO',
  `
    NXDOMAIN AA
    au example. SOA
    au example. RRSIG SOA
    au H(example.) NSEC3
    au H(example.) RRSIG NSEC3
    au H(new.example.) NSEC3
    au H(new.example.) RRSIG NSEC3
    au H(secure.example.) NSEC3
    au H(secure.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.3: no data',
  'nsec3',
  'www MX DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au H(www.example.) NSEC3
    au H(www.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.3: no data at an empty non-terminal',
  'nsec3',
  'ent A DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au H(ent.example.) NSEC3
    au H(ent.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.4: no DS at a zone cut',
  'nsec3',
  'sub DS DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au H(sub.example.) NSEC3
    au H(sub.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.5: no data at a wildcard',
  'nsec3',
  'x.wild A DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au H(wild.example.) NSEC3
    au H(wild.example.) RRSIG NSEC3
    au H(loop.example.) NSEC3
    au H(loop.example.) RRSIG NSEC3
    au H(*.wild.example.) NSEC3
    au H(*.wild.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.6: an answer from a wildcard',
  'nsec3',
  'x.wild TXT DO',
  `
    NOERROR AA
    an x.wild.example. TXT "wild"
    an x.wild.example. RRSIG TXT
    au H(loop.example.) NSEC3
    au H(loop.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.6: an alias from a wildcard',
  'nsec3',
  'x.wa A DO',
  `
    NOERROR AA
    an x.wa.example. CNAME www.example.
    an x.wa.example. RRSIG CNAME
    an www.example. A 192.0.2.2
    an www.example. RRSIG A
    au H(loop.example.) NSEC3
    au H(loop.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.7: a referral to an unsigned zone',
  'nsec3',
  'www.sub A DO',
  `
    NOERROR
    au sub.example. NS ns.sub.example.
    au sub.example. NS ns.example.
    au H(sub.example.) NSEC3
    au H(sub.example.) RRSIG NSEC3
    ad ns.sub.example. A 192.0.2.3
    ad ns.example. A 192.0.2.1
`,
)

expectAnswer(
  'RFC5155 §7.2.8: the owner of an NSEC3 record is no name',
  'nsec3',
  `${hashLabel(hashOf(Name.parse('example.')))} NSEC3 DO`,
  `
    NXDOMAIN AA
    au example. SOA
    au example. RRSIG SOA
    au H(example.) NSEC3
    au H(example.) RRSIG NSEC3
    au H(new.example.) NSEC3
    au H(new.example.) RRSIG NSEC3
    au H(secure.example.) NSEC3
    au H(secure.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.4: no DS at a zone cut that opts out',
  'opt-out',
  'sub DS DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au H(example.) NSEC3
    au H(example.) RRSIG NSEC3
    au H(we.example.) NSEC3
    au H(we.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.7: a referral to a zone that opts out',
  'opt-out',
  'www.sub A DO',
  `
    NOERROR
    au sub.example. NS ns.sub.example.
    au sub.example. NS ns.example.
    au H(example.) NSEC3
    au H(example.) RRSIG NSEC3
    au H(we.example.) NSEC3
    au H(we.example.) RRSIG NSEC3
    ad ns.sub.example. A 192.0.2.3
    ad ns.example. A 192.0.2.1
`,
)

expectAnswer(
  'RFC5155 §7.2.3: an empty non-terminal that only leads to such',
  'opt-out',
  'insecure A DO',
  `
    NOERROR AA
    au example. SOA
    au example. RRSIG SOA
    au H(example.) NSEC3
    au H(example.) RRSIG NSEC3
    au H(*.wild.example.) NSEC3
    au H(*.wild.example.) RRSIG NSEC3
`,
)

expectAnswer(
  'RFC5155 §7.2.2: no name below it',
  'opt-out',
  'y.insecure A DO',
  `
    NXDOMAIN AA
    au example. SOA
    au example. RRSIG SOA
    au H(example.) NSEC3
    au H(example.) RRSIG NSEC3
    au H(*.wild.example.) NSEC3
    au H(*.wild.example.) RRSIG NSEC3
    au H(secure.example.) NSEC3
    au H(secure.example.) RRSIG NSEC3
`,
)

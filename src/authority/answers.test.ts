/** Each kind of answer of a zone without signatures. */
import { expectAnswer, LABEL } from './answer-tables.fixture.ts'

expectAnswer(
  'RFC1034 §4.3.2: the RRset is there',
  'unsigned',
  'www A',
  `
    NOERROR AA
    an www.example. A 192.0.2.2
`,
)

expectAnswer(
  'RFC1034 §4.3.2: names are compared without regard to case',
  'unsigned',
  'WWW A',
  `
    NOERROR AA
    an WWW.example. A 192.0.2.2
`,
)

expectAnswer(
  'RFC2308 §2.2: the name is there, the type is not',
  'unsigned',
  'www MX',
  `
    NOERROR AA
    au example. SOA
`,
)

expectAnswer(
  'RFC2308 §2.1: the name is not there',
  'unsigned',
  'none A',
  `
    NXDOMAIN AA
    au example. SOA
`,
)

expectAnswer(
  'RFC4592 §2.2.2: an empty non-terminal is a name without data',
  'unsigned',
  'ent A',
  `
    NOERROR AA
    au example. SOA
`,
)

expectAnswer(
  'RFC1034 §3.6.2: an alias and what it stands for',
  'unsigned',
  'alias A',
  `
    NOERROR AA
    an alias.example. CNAME www.example.
    an www.example. A 192.0.2.2
`,
)

expectAnswer(
  'RFC1034 §3.6.2: aliases of aliases',
  'unsigned',
  'chain TXT',
  `
    NOERROR AA
    an chain.example. CNAME alias.example.
    an alias.example. CNAME www.example.
    an www.example. TXT "text"
`,
)

expectAnswer(
  'RFC1034 §3.6.2: an alias that is asked for itself',
  'unsigned',
  'alias CNAME',
  `
    NOERROR AA
    an alias.example. CNAME www.example.
`,
)

expectAnswer(
  'RFC2181 §5: a loop of aliases ends where it began',
  'unsigned',
  'loop A',
  `
    NOERROR AA
    an loop.example. CNAME pool.example.
    an pool.example. CNAME loop.example.
`,
)

expectAnswer(
  'RFC6604 §3: the RCODE is that of the last name',
  'unsigned',
  'dangling A',
  `
    NXDOMAIN AA
    an dangling.example. CNAME none.example.
    au example. SOA
`,
)

expectAnswer(
  'RFC1034 §4.3.2: an alias out of our zones',
  'unsigned',
  'outside A',
  `
    NOERROR AA
    an outside.example. CNAME www.elsewhere.
`,
)

expectAnswer(
  'RFC1034 §4.3.2: an alias into another zone of ours',
  'unsigned',
  'tochild A',
  `
    NOERROR AA
    an tochild.example. CNAME www.child.example.
    an www.child.example. A 192.0.2.10
`,
)

expectAnswer(
  'RFC1034 §4.3.2: an alias below a zone cut',
  'unsigned',
  'tocut A',
  `
    NOERROR AA
    an tocut.example. CNAME www.sub.example.
    au sub.example. NS ns.sub.example.
    au sub.example. NS ns.example.
    ad ns.sub.example. A 192.0.2.3
    ad ns.example. A 192.0.2.1
`,
)

expectAnswer(
  'RFC1034 §4.3.2: a referral with glue',
  'unsigned',
  'www.sub A',
  `
    NOERROR
    au sub.example. NS ns.sub.example.
    au sub.example. NS ns.example.
    ad ns.sub.example. A 192.0.2.3
    ad ns.example. A 192.0.2.1
`,
)

expectAnswer(
  'RFC1034 §4.3.2: at the zone cut too',
  'unsigned',
  'sub NS',
  `
    NOERROR
    au sub.example. NS ns.sub.example.
    au sub.example. NS ns.example.
    ad ns.sub.example. A 192.0.2.3
    ad ns.example. A 192.0.2.1
`,
)

expectAnswer(
  'RFC1034 §4.3.2: glue is no answer',
  'unsigned',
  'ns.sub A',
  `
    NOERROR
    au sub.example. NS ns.sub.example.
    au sub.example. NS ns.example.
    ad ns.sub.example. A 192.0.2.3
    ad ns.example. A 192.0.2.1
`,
)

expectAnswer(
  'RFC4592 §3.3.1: a wildcard answers under the name that was asked for',
  'unsigned',
  'x.y.wild TXT',
  `
    NOERROR AA
    an x.y.wild.example. TXT "wild"
`,
)

expectAnswer(
  'RFC4592 §2.2.1: a wildcard without data of the type',
  'unsigned',
  'x.wild A',
  `
    NOERROR AA
    au example. SOA
`,
)

expectAnswer(
  'RFC4592 §4.1: a wildcard that is asked for itself',
  'unsigned',
  '*.wild TXT',
  `
    NOERROR AA
    an *.wild.example. TXT "wild"
`,
)

expectAnswer(
  'RFC4592 §2.2.2: a wildcard that is an empty non-terminal',
  'unsigned',
  'x.we A',
  `
    NOERROR AA
    au example. SOA
`,
)

expectAnswer(
  'RFC4592 §3.3.3: an alias at a wildcard',
  'unsigned',
  'x.wa A',
  `
    NOERROR AA
    an x.wa.example. CNAME www.example.
    an www.example. A 192.0.2.2
`,
)

expectAnswer(
  'RFC2181 §5: a wildcard alias that leads back to itself',
  'unsigned',
  'q.wl A',
  `
    NOERROR AA
    an q.wl.example. CNAME x.y.wl.example.
    an x.y.wl.example. CNAME x.y.wl.example.
`,
)

expectAnswer(
  'RFC6672 §3.2: what lies below a DNAME gets another end',
  'unsigned',
  'www.old A',
  `
    NOERROR AA
    an old.example. DNAME new.example.
    an www.old.example. CNAME www.new.example.
    an www.new.example. A 192.0.2.6
`,
)

expectAnswer(
  'RFC6672 §3.2: nothing below a DNAME is seen',
  'unsigned',
  'below.old A',
  `
    NXDOMAIN AA
    an old.example. DNAME new.example.
    an below.old.example. CNAME below.new.example.
    au example. SOA
`,
)

expectAnswer(
  'RFC6672 §3.1: the owner of a DNAME has its own data',
  'unsigned',
  'old TXT',
  `
    NOERROR AA
    an old.example. TXT "old"
`,
)

expectAnswer(
  'RFC6672 §2.2: a name that becomes too long is YXDOMAIN',
  'unsigned',
  `${LABEL}.${LABEL}.long A`,
  `
    YXDOMAIN AA
    an long.example. DNAME ${LABEL}.${LABEL}.${LABEL}.example.
`,
)

expectAnswer(
  'RFC3658 §2.2.1: a DS lies in the parent',
  'unsigned',
  'secure DS',
  `
    NOERROR AA
    an secure.example. DS 1 13 99 00
`,
)

expectAnswer(
  'RFC4035 §3.1.4.1: a DS of a zone of ours is answered by its parent',
  'unsigned',
  'child DS',
  `
    NOERROR AA
    an child.example. DS 2 13 99 00
`,
)

/**
 * What the database holds, as a row of migrations: the first makes the tables of version 1, each further one leads from its
 * version to the next. `PRAGMA user_version` is the number of those that were done. One that was released never changes.
 */

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE zone (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE           -- presentation format, lower case, final dot
  ) STRICT;

  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
    seq INTEGER NOT NULL,               -- counts the changes of the zone and never goes back
    from_serial INTEGER NOT NULL,
    to_serial INTEGER NOT NULL,
    origin TEXT NOT NULL,               -- file, transfer, update, signer
    made_at INTEGER NOT NULL,           -- UNIX seconds
    octets INTEGER NOT NULL,            -- length of content
    content BLOB NOT NULL               -- change-codec.ts
  ) STRICT;
  CREATE UNIQUE INDEX journal_chain ON journal (zone, seq, from_serial, to_serial, octets);

  CREATE TABLE zone_copy (
    id INTEGER PRIMARY KEY,
    zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
    kind TEXT,                          -- zone, base; NULL while it is written
    serial INTEGER NOT NULL,
    seq INTEGER NOT NULL,               -- the last change that is in it; -1: no version of the served zone
    parts INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    UNIQUE (zone, kind)
  ) STRICT;
  CREATE TABLE zone_copy_part (
    copy INTEGER NOT NULL REFERENCES zone_copy ON DELETE CASCADE,
    part INTEGER NOT NULL,
    content BLOB NOT NULL,              -- change-codec.ts
    UNIQUE (copy, part)
  ) STRICT;

  CREATE TABLE secondary_state (
    zone INTEGER PRIMARY KEY REFERENCES zone ON DELETE CASCADE,
    serial INTEGER,
    checked_at INTEGER,                 -- UNIX seconds: the primary last said that the serial is current
    expires_at INTEGER,                 -- UNIX seconds
    primary_used TEXT,
    failure TEXT
  ) STRICT;

  CREATE TABLE primary_state (
    zone INTEGER PRIMARY KEY REFERENCES zone ON DELETE CASCADE,
    file_hash TEXT,                     -- SHA-256 in hexadecimal, of the file as last read
    file_modified REAL,                 -- UNIX seconds
    file_serial INTEGER,
    frozen INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE trust_point (
    zone TEXT PRIMARY KEY,              -- presentation format, lower case, final dot
    content TEXT NOT NULL,              -- JSON with a version: validator/trust-points/point-codec.ts
    check_sum INTEGER NOT NULL,         -- CRC-32 of content
    saved_at INTEGER NOT NULL,          -- UNIX seconds
    old_content TEXT,                   -- the state before, to fall back to
    old_check_sum INTEGER
  ) STRICT;

  CREATE TABLE negative_anchor (
    name TEXT PRIMARY KEY,              -- as above
    until INTEGER,                      -- UNIX seconds; NULL: until it is taken away
    reason TEXT
  ) STRICT;

  CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_known INTEGER NOT NULL         -- UNIX seconds: the latest time that this server was sure of
  ) STRICT;
  `,
  `
  -- The boot of the system in which a row was written, and the seconds by which the wall clock was ahead of the time since then.
  ALTER TABLE secondary_state ADD COLUMN boot TEXT;
  ALTER TABLE secondary_state ADD COLUMN boot_ahead REAL;
  ALTER TABLE clock ADD COLUMN boot TEXT;
  `,
  `
  ALTER TABLE journal ADD COLUMN actor TEXT;  -- who made the change, in a few words; NULL: not known
  `,
]

/**
 * A folder of keys as a key store. It opens the private half of a key when that is to sign, on the thread that asks (one in a
 * certificate form when it is listed), and keeps it open until the folder is listed again. The provenance of a key stands in its `.key` file (`; Provenance: signing`), which keeps it when files
 * are moved, and which other tools read as a comment. A key that other tools made has no record until it is used here: it is `signing` with
 * a private half, `published` without. Forms with the private half in the same file need none.
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import {
  type DatedKeyRequest,
  generateKey,
  type KeySource,
  type OpenedKey,
  OpenedKeys,
  SigningKey,
} from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { KeyRef, KeyStore, SigningBatch } from '../ports/key-store.ts'
import { type FolderKeys, type KeyForm, readKeyFolder, readNamedKey, writeKey } from './key-folder.ts'
import { appendProvenance } from './provenance-line.ts'

/**
 * What another thread makes the same store of. `opened`: keys in certificate forms (PKCS#12 among them), which take libraries and perhaps a
 * password to open; neither reaches the other thread. It opens the rest by itself.
 */
export type SharedKeyFolder = {
  readonly kind: 'folder'
  readonly folder: string
  readonly opened: readonly OpenedKey[]
}

export type KeyFolderStoreOptions = {
  /** For PKCS#12 files. */
  readonly password?: string | undefined
  /** How new keys are kept; without it as BIND's files. */
  readonly newKeys?: { readonly form: KeyForm; readonly wall: () => UnixSeconds }
}

/** BIND's form has no time of its own in it. */
const BIND_FORM = { form: 'bind', wall: () => 0 } as const

export class KeyFolderStore implements KeyStore {
  readonly folder: string
  readonly #password: string | undefined
  readonly #newKeys: NonNullable<KeyFolderStoreOptions['newKeys']>
  #readsCertificates = true
  #opened = new OpenedKeys()
  /** Those of the opened keys that are kept in a certificate form. */
  #certified: readonly OpenedKey[] = []

  constructor(folder: string, options: KeyFolderStoreOptions = {}) {
    this.folder = folder
    this.#password = options.password
    this.#newKeys = options.newKeys ?? BIND_FORM
  }

  static fromShared({ folder, opened }: SharedKeyFolder): KeyFolderStore {
    const store = new KeyFolderStore(folder)
    store.#readsCertificates = false
    store.#keepCertified(opened)
    return store
  }

  async list(zone?: Name): Promise<FolderKeys> {
    this.#opened = new OpenedKeys()
    this.#certified = []
    const found = await readKeyFolder(this.folder, { ...this.#options, ...(zone === undefined ? {} : { zone }) })
    this.#keepCertified(certifiedKeys(found.keys))
    return { ...found, keys: found.keys.map((key) => key.withoutPrivateKey()) }
  }

  async generate(request: DatedKeyRequest): Promise<SigningKey> {
    const key = await generateKey({ ...request, others: await this.#keysBeside(request.zone) })
    const { form, wall } = this.#newKeys
    await writeKey(this.folder, key, { form, now: wall(), ...this.#options })
    if (isCertificateForm(form)) this.#keepCertified(openedKey(key))
    return key.withoutPrivateKey()
  }

  async sign(ref: KeyRef, batch: SigningBatch): Promise<void> {
    const opened = await this.#open(ref)
    await opened.sign(ref, batch)
  }

  async publicKey(ref: KeyRef): Promise<Uint8Array> {
    const opened = await this.#open(ref)
    return opened.publicKey(ref)
  }

  /**
   * Records a DNSKEY of a zone as that of another provider (RFC 8901), in a `.key` file of its own. Rejects with DnsError `key-invalid`
   * for what is no zone key, `output-failed` when it cannot be written or the folder has another key of that name.
   */
  async recordForeign(zone: Name, dnskeyRdata: Uint8Array): Promise<void> {
    const key = SigningKey.create({
      zone,
      flags: readU16(dnskeyRdata, 0),
      algorithm: dnskeyRdata[3] ?? 0,
      publicKey: dnskeyRdata.slice(4),
      provenance: 'foreign',
      source: { form: 'generated' },
    })
    await writeKey(this.folder, key, { form: 'bind', now: 0 })
  }

  /** Records a key as one that signs, where it has its private half and its file does not say so yet. Rejects with DnsError `output-failed`. */
  async recordSigning({ isRecorded, hasPrivateKey, source: { form, file } }: SigningKey): Promise<void> {
    if (isRecorded || !hasPrivateKey || form !== 'bind' || file === undefined) return
    await appendProvenance(file.replace(/\.private$/, '.key'), 'signing')
  }

  /** What another thread makes the same store of. Keys in certificate forms are in it when they were listed or opened here before. */
  share(): SharedKeyFolder {
    return { kind: 'folder', folder: this.folder, opened: this.#certified }
  }

  #keepCertified(keys: readonly OpenedKey[]): void {
    this.#certified = [...this.#certified, ...keys]
    for (const key of keys) this.#opened.add(key)
  }

  get #options(): { readonly password?: string } {
    return this.#password === undefined ? {} : { password: this.#password }
  }

  /** Keys whose tags a new one must not take. A folder that is not there yet has none. */
  async #keysBeside(zone: Name): Promise<readonly SigningKey[]> {
    try {
      return (await this.list(zone)).keys
    } catch (error) {
      if (error instanceof DnsError && error.code === 'input-unreadable') return []
      throw error
    }
  }

  /** Opens the private half, where there is one. Throws what kept a file of that name from being read. */
  async #open(ref: KeyRef): Promise<OpenedKeys> {
    const opened = this.#opened
    if (opened.has(ref)) return opened
    const options = { ...this.#options, readsCertificates: this.#readsCertificates }
    let found = await readNamedKey(this.folder, ref.name, options)
    // A file of a certificate form may have any name.
    if (this.#readsCertificates && !found.keys.some((key) => isOpenedKey(key, ref))) {
      found = await readKeyFolder(this.folder, { ...options, name: ref.name })
    }
    const keys = found.keys.filter((key) => isOpenedKey(key, ref))
    for (const key of keys.flatMap(openedKey)) opened.add(key)
    if (opened === this.#opened) this.#certified = [...this.#certified, ...certifiedKeys(keys)]
    if (keys.length === 0 && found.problems[0] !== undefined) throw found.problems[0]
    return opened
  }
}

function isOpenedKey({ ref, privateKey }: SigningKey, { fingerprint }: KeyRef): boolean {
  return ref.fingerprint === fingerprint && privateKey !== undefined
}

/** The key as it signs; none where its private half is not there. */
function openedKey({ ref, algorithm, publicKey, privateKey }: SigningKey): OpenedKey[] {
  return privateKey === undefined ? [] : [{ ref, algorithm, publicKey, privateKey }]
}

function certifiedKeys(keys: readonly SigningKey[]): OpenedKey[] {
  return keys.filter(({ source }) => isCertificateForm(source.form)).flatMap(openedKey)
}

function isCertificateForm(form: KeySource['form']): boolean {
  return form === 'certificate' || form === 'pkcs12'
}

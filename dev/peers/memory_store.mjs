/** Where oidc-provider keeps its sessions, codes and tokens: in memory, so that a test can empty or age it. */
export class MemoryStore {
  #entries = new Map()

  clear() {
    this.#entries.clear()
  }

  /** Let all of one kind (`DeviceCode`, `AuthorizationCode`, `AccessToken`) be past their time. */
  expire(kind) {
    for (const [key, entry] of this.#entries) {
      if (key.startsWith(`${kind}:`)) entry.exp = 1
    }
  }

  /** The adapter that oidc-provider wants, for one kind. Expiry is left to the entry's own `exp`. */
  adapter = (kind) => ({
    upsert: async (id, entry) => void this.#entries.set(`${kind}:${id}`, entry),
    find: async (id) => this.#entries.get(`${kind}:${id}`),
    findByUid: async (uid) => this.#first(kind, (entry) => entry.uid === uid),
    findByUserCode: async (code) => this.#first(kind, (entry) => entry.userCode === code),
    consume: async (id) => void (this.#entries.get(`${kind}:${id}`).consumed = Math.floor(Date.now() / 1000)),
    destroy: async (id) => void this.#entries.delete(`${kind}:${id}`),
    revokeByGrantId: async (grantId) => {
      for (const [key, entry] of this.#entries) {
        if (key.startsWith(`${kind}:`) && entry.grantId === grantId) this.#entries.delete(key)
      }
    }
  })

  #first(kind, fits) {
    for (const [key, entry] of this.#entries) {
      if (key.startsWith(`${kind}:`) && fits(entry)) return entry
    }
    return undefined
  }
}

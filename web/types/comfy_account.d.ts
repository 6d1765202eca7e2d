/** The hosted Comfy account, as the server tells of it and as ComfyUI's own log-in does. */

declare global {
  namespace Passport {
    interface Credential {
      /** An ID token is Comfy's log-in itself, where Comfy lets no key be made. */
      kind?: 'api-key' | 'id-token'
      expires_at?: string | null
    }

    /** Who is logged in to ComfyUI's own frontend in this browser. */
    interface FrontendLogIn {
      name: string | null
      email: string | null
      /** Good for a while: the frontend renews it, or a CallError says that it could not. */
      freshToken(): Promise<string>
    }

    /** What somebody says besides who is not logged in here yet. */
    interface Admission {
      shared_computer?: boolean
      invitation?: string
      set_up_code?: string
      accept_insecure?: boolean
      /** Makes one of this account and the one that the log-in has here already. */
      link_accounts?: boolean
    }

    interface HandedOver {
      account: Account
      credential: Credential | null
      key_made: boolean
      /** Why no key was made. */
      reason: string | null
    }

    interface BegunLoginCode {
      flow: string
      url: string
      qr: string[]
      /** This and the next: seconds. */
      expires_in: number
      interval: number
    }

    interface ComfyAccount {
      connected: boolean
      email: string | null
      session: { state: 'good' | 'ended'; cause: string | null; remedy: string | null } | null
      /** The key at Comfy that was made for this server. */
      made_key: { id: string; name: string } | null
      links: { top_up: string; billing: string; keys: string; subscription: string }
    }

    /** How one logs in at Comfy itself, as Comfy knows it now. */
    interface ComfyAddress {
      email: string | null
      email_verified: boolean
      has_password: boolean
    }

    interface CreditEvent {
      id: string
      type: string
      at: string
      params: Record<string, unknown> | null
    }

    interface Credits {
      balance_usd: number
      credits: number
      /** Null where Comfy tells the balance alone. */
      events: CreditEvent[] | null
      total: number | null
      next_page: number | null
    }

    interface Subscription {
      state: 'none' | 'active' | 'ending' | 'ended'
      tier: string | null
      duration: string | null
      renewal_date: string | null
      end_date: string | null
      can_cancel: boolean
      can_resubscribe: boolean
    }

    interface ComfyKey {
      id: string
      name: string
      description: string | null
      prefix: string
      created_at: string
      made_here: boolean
    }

    interface ComfyCalls {
      /** Proves that it is still the same person; who is proved gets a fresh session. */
      prove(idToken: string, more: Admission): Promise<null>
      provePassword(logIn: { email: string; password: string }): Promise<null>
      handOver(idToken: string, more: Admission): Promise<HandedOver>
      logIn(logIn: { email: string; password: string } & Admission): Promise<HandedOver>
      signUp(signUp: { email: string; password: string } & Admission): Promise<HandedOver>
      askForPasswordReset(email: string): Promise<unknown>
      startCode(more: Admission): Promise<BegunLoginCode>
      pollCode(
        flow: string
      ): Promise<{ state: 'pending'; interval: number } | ({ state: 'done' } & HandedOver)>
      comfyAccount(): Promise<ComfyAccount>
      disconnect(): Promise<null>
      address(): Promise<ComfyAddress>
      sendVerification(): Promise<unknown>
      changePassword(change: { current_password: string; new_password: string }): Promise<null>
      credits(page?: number): Promise<Credits>
      topUp(amountUsd: number): Promise<{ url: string }>
      billingPortal(): Promise<{ url: string }>
      subscription(): Promise<Subscription>
      cancelSubscription(): Promise<Subscription>
      resubscribe(): Promise<Subscription>
      keys(): Promise<{ keys: ComfyKey[] }>
      makeKey(key: { name: string }): Promise<{ key: ComfyKey; plaintext_key: string }>
      deleteKey(id: string): Promise<null>
    }

    /** What the parts of the Comfy account need. */
    interface ComfyPanel extends DialogPanel {
      comfy: ComfyCalls
      /** Null where nobody is logged in to ComfyUI itself. */
      frontend: () => FrontendLogIn | null
    }
  }
}

export {}

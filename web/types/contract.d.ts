/** What the server says, and what the panel's modules share: the types named `Passport.…`. */
import type { ComfyApi } from './scripts/api'
import type { ComfyApp } from './scripts/app'
import type { AccountState } from '../js/account_state.mjs'
import type { CallError } from '../js/server_call.mjs'

declare global {
  namespace Passport {
    type Api = ComfyApi
    type App = ComfyApp
    type Error = CallError
    type State = AccountState
    type TextTree = { [key: string]: string | TextTree }

    interface Texts {
      /** The language that the frontend is set to. */
      readonly locale: string
      /**
       * The text, or null where neither the person's language nor English has it. `key` is a
       * path under "passport"; a leading "/" makes it a path from the root.
       */
      find(key: string): string | null
      /** The text with its `{values}` filled in; the key in words where there is none. */
      get(key: string, values?: Record<string, string | number>): string
    }

    type CredentialState = 'accepted' | 'not_checked' | 'refused' | 'not_permitted' | 'unreadable' | 'expired'

    interface Credential {
      service: string
      profile: string
      mask: string
      source: 'account' | 'machine'
      state: CredentialState
      cause: string | null
      holder: { name: string | null; email: string | null } | null
      created_at: string | null
      checked_at: string | null
      last_used_at: string | null
    }

    interface Account {
      id: string
      display_name: string | null
      email: string | null
      email_verified: boolean
      /** An address that becomes the account's once its link was opened. */
      pending_email: string | null
      role: 'owner' | 'user'
      has_password: boolean
      /** This and the next are missing on a server that is older than this panel. */
      state?: 'active' | 'cancelled' | 'disabled'
      /** When a cancelled account is deleted. */
      purge_at?: string | null
    }

    /** `comfy` is what older servers call `comfy-api-key`. */
    type IdentityKind = 'password' | 'comfy' | 'comfy-api-key' | (string & {})

    type ProviderWay = 'redirect' | 'device'

    interface LoginMethod {
      id: string
      enabled: boolean
      reason: string | null
      needs_confirmation: boolean
      /** The owner's name for it. This and the next are missing on a server that is older than this panel. */
      label?: string | null
      /** Those that work from where this browser is. */
      ways?: (ProviderWay | (string & {}))[]
    }

    /** What somebody is proved for at a provider: who logs in, who else I am, that it is still me. */
    type Purpose = 'log_in' | 'link' | 'reauthenticate'

    interface ProviderErrand {
      purpose: Purpose
      shared_computer?: boolean
      invitation?: string
      set_up_code?: string
      link_accounts?: boolean
    }

    interface BegunRedirect {
      authorization_url: string
      /** Seconds. */
      expires_in: number
      /** Names it to the page that waits for it. */
      flow: string
    }

    interface BegunCode {
      flow: string
      user_code: string
      verification_uri: string
      /** The same with the code in it. */
      verification_uri_complete: string | null
      /** Rows of modules, "1" for a dark one. */
      qr: string[]
      /** This and the next: seconds. */
      expires_in: number
      interval: number
    }

    /** What the callback's page tells the other pages of this browser. */
    interface ProviderNews {
      provider: string | null
      purpose: Purpose | null
      flow: string
      done: boolean
      code: string | null
      message: string | null
      details?: Record<string, unknown>
    }

    interface ProviderState {
      id: string
      label: string | null
      set_up: boolean
      ways: ProviderWay[]
      redirect_uris: string[]
    }

    interface Registration {
      mode: 'open' | 'invite' | 'closed'
      enabled: boolean
      reason: string | null
      needs: 'invitation' | 'set_up_code' | null
    }

    interface Status {
      /** Told to whoever is logged in or on the machine itself. */
      version: string | null
      signed_in: boolean
      account: Account | null
      session: { id: string; created_at: string; expires_at: string; shared_computer: boolean } | null
      methods: LoginMethod[]
      /** The method to show first; missing on a server that is older than this panel. */
      preferred_method?: string
      credential: Credential | null
      run: { uses: 'account' | 'machine' | 'none'; mask: string | null }
      warnings: { code: string; message: string }[]
      /** The next three are missing on a server that is older than this panel. */
      registration?: Registration
      mail?: { enabled: boolean }
      has_owner?: boolean
      /** What people call this server. */
      server_name?: string
    }

    interface Check {
      id: string
      state: 'ok' | 'warn' | 'fail' | 'skipped'
      cause: string
      remedy: string | null
      details: Record<string, unknown>
    }

    interface Checks {
      checks: Check[]
      most_important: string | null
    }

    interface NodePack {
      name: string
      decision: 'always' | 'once'
      decided_at: string
    }

    interface AskingNodePack {
      name: string
      asked_at: string
      node_types: string[]
    }

    interface NodePacks {
      node_packs: NodePack[]
      asked: AskingNodePack[]
    }

    interface PasswordStrength {
      score: 0 | 1 | 2 | 3 | 4
      problem: 'too_short' | 'too_long' | 'too_common' | 'contains_email' | null
    }

    interface Identity {
      kind: IdentityKind
      created_at: string
      /** Who one is there, as a rule a mail address. This and the next are missing on an older server. */
      label?: string | null
      /** False for the only way to log in. */
      removable?: boolean
    }

    interface Session {
      id: string
      browser: string | null
      platform: string | null
      address: string | null
      method: IdentityKind | 'email'
      created_at: string
      last_seen_at: string
      expires_at: string
      shared_computer: boolean
      current: boolean
    }

    interface AuditEvent {
      id: number | string
      at: string
      action: string
      address: string | null
      browser: string | null
      platform: string | null
      details: Record<string, unknown>
      account: { id: string; display_name: string | null; email: string | null } | string | null
    }

    interface Person {
      id: string
      display_name: string | null
      email: string | null
      email_verified: boolean
      role: 'owner' | 'user'
      state: 'active' | 'disabled' | (string & {})
      created_at: string
      last_seen_at: string | null
      sessions: number
      identities: IdentityKind[]
      /** The person's folder of ComfyUI's --multi-user. */
      comfy_user?: string | null
    }

    type Scope = 'run' | 'read' | 'manage'

    /** For programs that call this server; the key itself is never told again. */
    interface ApiKey {
      id: string
      name: string
      /** Its beginning and its end. */
      shown: string
      scopes: Scope[]
      created_at: string
      expires_at: string | null
      /** Until when the key before it is good, too. */
      previous_until: string | null
      last_used_at: string | null
      last_used_address: string | null
    }

    type MadeApiKey = ApiKey & { key: string }

    interface Belonging {
      kind: 'outputs' | 'user_folder'
      name: string
      size_bytes: number
    }

    interface DeletionPreview {
      counts: Record<string, number>
      /** Somebody else must own the server first. */
      is_last_owner: boolean
      purge_at: string | null
      cancelled_account_days: number
      belongings: Belonging[]
    }

    interface Receipt {
      number: string
      deleted_at: string
      counts: Record<string, number>
      /** How many belongings went to the trash. */
      moved: number
      /** Those that could not be moved. */
      left: string[]
    }

    interface DeletionRequest {
      id: string
      account: Account
      /** They knew the server's name and the end of a key. */
      proved: boolean
      created_at: string
      address: string | null
      browser: string | null
      platform: string | null
    }

    interface Invitation {
      id: string
      email: string | null
      created_at: string
      expires_at: string
    }

    interface MailState {
      enabled: boolean
      host: string | null
      port: number | null
      security: string | null
      sender: string | null
      waiting: number
      problem: string | null
    }

    /** One request to Passport's routes; throws a CallError when it does not succeed. */
    type Call = (
      method: string,
      path: string,
      body?: object,
      headers?: Record<string, string>
    ) => Promise<any>

    /** What every page asks. Each call throws a CallError when it does not succeed. */
    interface PageCalls {
      status(): Promise<Status>
      /** `forget`: remove the stored key from the server as well. */
      logOut(forget: boolean): Promise<null>
    }

    interface Calls extends PageCalls {
      /** `remote`: also ask the remote services. */
      checks(remote: boolean): Promise<Checks>
      logIn(logIn: {
        api_key: string
        shared_computer: boolean
        accept_insecure?: boolean
        invitation?: string
      }): Promise<{ account: Account; credential: Credential }>
      logInByEmail(logIn: {
        email: string
        password: string
        shared_computer: boolean
      }): Promise<{ account: Account; credential: Credential | null }>
      register(registration: {
        email: string
        password: string
        shared_computer: boolean
        display_name?: string
        invitation?: string
        set_up_code?: string
      }): Promise<{ account: Account }>
      passwordStrength(password: {
        password: string
        email?: string
        display_name?: string
      }): Promise<PasswordStrength>
      askForPasswordReset(email: string): Promise<unknown>
      resetPassword(token: string, newPassword: string): Promise<null>
      confirmEmail(token: string): Promise<{ email: string }>

      startRedirect(provider: string, errand: ProviderErrand): Promise<BegunRedirect>
      startCode(
        provider: string,
        errand: ProviderErrand & { accept_insecure?: boolean }
      ): Promise<BegunCode>
      pollCode(
        provider: string,
        flow: string
      ): Promise<{ state: 'pending'; interval: number } | { state: 'done'; purpose: Purpose }>

      account(): Promise<{ account: Account; identities: Identity[] }>
      unlink(kind: string): Promise<null>
      rename(displayName: string): Promise<{ account: Account }>
      changeEmail(change: { email: string; password: string }): Promise<{ account: Account }>
      changePassword(change: { current_password: string; new_password: string }): Promise<null>
      sendVerification(): Promise<{ sent_to: string }>
      addEmailLogIn(logIn: {
        email: string
        password: string
      }): Promise<{ account: Account; merged: boolean }>
      becomeOwner(owner: { set_up_code?: string }): Promise<{ account: Account }>

      sessions(): Promise<{ sessions: Session[] }>
      endSession(id: string): Promise<null>
      /** All others; `everywhere`: this one too. */
      endSessions(everywhere: boolean): Promise<{ ended: number }>
      /** `everyone`: of the whole server, for its owner. */
      audit(query: {
        everyone: boolean
        before?: string | number
      }): Promise<{ events: AuditEvent[]; next_before: string | number | null }>

      replaceKey(replacement: {
        secret: string
        accept_insecure?: boolean
        link_accounts?: boolean
      }): Promise<{ credential: Credential }>
      removeKey(): Promise<null>
      checkKey(): Promise<{ credential: Credential }>
      revealKey(): Promise<{ secret: string; hide_after_seconds: number }>
      nodePacks(): Promise<NodePacks>
      allowNodePack(name: string, decision: 'always' | 'once'): Promise<unknown>
      takeBackNodePack(name: string): Promise<null>

      reauthenticate(
        proof: { password: string } | { api_key: string; accept_insecure?: boolean }
      ): Promise<null>
      apiKeys(): Promise<{ api_keys: ApiKey[] }>
      makeApiKey(key: {
        name: string
        scopes: Scope[]
        expires_at?: string
      }): Promise<{ api_key: MadeApiKey }>
      rotateApiKey(id: string, overlapSeconds: number): Promise<{ api_key: MadeApiKey }>
      deleteApiKeys(ids: string[]): Promise<{ deleted: number }>

      deletionPreview(): Promise<DeletionPreview>
      /** A ZIP file. */
      exportAccount(): Promise<Blob>
      cancelAccount(): Promise<{ account: Account }>
      reactivateAccount(): Promise<{ account: Account }>
      deleteAccount(deletion: {
        confirmation: string
        password?: string
        outputs: boolean
        user_folder: boolean
      }): Promise<{ receipt: Receipt }>
      /** For whoever cannot log in any more. */
      askForDeletion(request: {
        email: string
        server_name: string
        last_four: string
      }): Promise<unknown>

      deletionRequests(): Promise<{ deletion_requests: DeletionRequest[] }>
      grantDeletion(id: string): Promise<{ receipt: Pick<Receipt, 'number' | 'deleted_at'> }>
      refuseDeletion(id: string): Promise<null>
      nameComfyUser(id: string, comfyUser: string): Promise<unknown>

      people(query: {
        search: string
        after?: string
      }): Promise<{ accounts: Person[]; next_after: string | null }>
      setPersonState(id: string, state: 'active' | 'disabled'): Promise<unknown>
      vouchForEmail(id: string): Promise<unknown>
      makeResetLink(id: string): Promise<{ token: string; link: string | null; expires_at: string }>
      logPersonOut(id: string): Promise<{ ended: number }>
      invitations(): Promise<{ invitations: Invitation[] }>
      invite(invitation: { email?: string; days?: number }): Promise<{
        invitation: Invitation
        code: string
        link: string | null
        mailed: boolean
      }>
      takeBackInvitation(id: string): Promise<null>
      mail(): Promise<MailState>
      sendTestMail(): Promise<{ sent_to: string }>
      providers(): Promise<{ providers: ProviderState[] }>
      checkProvider(id: string): Promise<{ checks: Check[] }>
    }

    /** Where the dialog opens: one of its parts, with the code of a link. */
    interface Destination {
      part: '' | 'node_packs' | 'log_out' | 'reset' | 'verify' | 'invite'
      code?: string
    }

    /** Everything a part of the panel needs; handed down, never imported. */
    interface Panel {
      app: ComfyApp
      api: ComfyApi
      call: Call
      calls: PageCalls
      state: AccountState
      texts: Texts
      /** Opens the dialog, at one of its parts if asked. */
      open: (destination?: Destination) => void
    }

    /** The panel as the dialog was opened with it. */
    interface OpenPanel extends Panel {
      destination: Destination
      sheets: CSSStyleSheet[]
    }

    type TellHeadline = (state: Check['state'] | 'checking', sentence: string) => void

    /** What a part inside the dialog needs besides. */
    interface DialogPanel extends OpenPanel {
      calls: Calls
      /** Says a sentence to screen readers. */
      announce: (sentence: string) => void
      /** Shows what went wrong, until the next action. */
      complain: (sentence: string) => void
      /** What must not be lost by leaving. */
      hold: Hold
      /** Lays a box over all that stands in the dialog. */
      lay: (box: HTMLDialogElement) => void
    }

    interface Hold {
      /** From now on leaving asks first, as long as `place` is there. */
      take(place: Node, question: () => Promise<boolean>): void
      release(): void
      /** Leaves at once, or after the question, or not. */
      beforeLeaving(leave: () => void): void
      readonly isTaken: boolean
    }

    /** A part of the dialog that stays while it is open. */
    interface Part {
      element: HTMLElement
      /** The server has news. Takes away nothing that is half-typed. */
      update(): void
    }

    /** All that somebody sees who is logged in, or logged out. */
    interface View extends Part {
      /** Stands above what scrolls. */
      nav?: HTMLElement
      show(destination: Destination): void
      revealDoctor(): void
    }

    /** What stands under one tab. */
    interface Section {
      element: HTMLElement
      update?(): void
      /** The tab was chosen, for the first time or again. */
      chosen?(): void
    }
  }
}

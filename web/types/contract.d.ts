/** What the server says, and what the panel's modules share: the types named `Passport.…`. */
import type { ComfyApi } from './scripts/api'
import type { ComfyApp } from './scripts/app'
import type { AccountState } from '../js/account_state.mjs'
import type { CallError } from '../js/server_calls.mjs'

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

    type CredentialState = 'accepted' | 'not_checked' | 'refused' | 'not_permitted' | 'unreadable'

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
    }

    interface LoginMethod {
      id: string
      enabled: boolean
      reason: string | null
      needs_confirmation: boolean
    }

    interface Status {
      version: string
      signed_in: boolean
      account: Account | null
      session: { created_at: string; expires_at: string; shared_computer: boolean } | null
      methods: LoginMethod[]
      credential: Credential | null
      run: { uses: 'account' | 'machine' | 'none'; mask: string | null }
      warnings: { code: string; message: string }[]
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

    /** Each call throws a CallError when it does not succeed. */
    interface Calls {
      status(): Promise<Status>
      /** `remote`: also ask the remote services. */
      checks(remote: boolean): Promise<Checks>
      logIn(logIn: {
        api_key: string
        shared_computer: boolean
        accept_insecure?: boolean
      }): Promise<{ credential: Credential }>
      /** `forget`: remove the stored key from the server as well. */
      logOut(forget: boolean): Promise<null>
      replaceKey(replacement: {
        secret: string
        accept_insecure?: boolean
      }): Promise<{ credential: Credential }>
      removeKey(): Promise<null>
      checkKey(): Promise<{ credential: Credential }>
      nodePacks(): Promise<NodePacks>
      allowNodePack(name: string, decision: 'always' | 'once'): Promise<unknown>
      takeBackNodePack(name: string): Promise<null>
    }

    /** Everything a part of the panel needs; handed down, never imported. */
    interface Panel {
      app: ComfyApp
      api: ComfyApi
      calls: Calls
      state: AccountState
      texts: Texts
      /** Opens the dialog, at one of its parts if asked. */
      open: (part?: string) => void
    }

    type KeyAction = 'none' | 'replace' | 'remove'

    /** Keys of texts, and what stands in the form besides. */
    interface KeyFormWording {
      label: string
      spoken: string
      more?: Node
      beside?: Node
    }

    /** The panel as the dialog was opened with it. */
    interface OpenPanel extends Panel {
      /** What to show first: "node_packs", or "" for the account. */
      firstPart: string
      sheet: CSSStyleSheet
    }

    type TellHeadline = (state: Check['state'] | 'checking', sentence: string) => void

    /** What a part inside the dialog needs besides. */
    interface DialogPanel extends OpenPanel {
      /** Says a sentence to screen readers. */
      announce: (sentence: string) => void
      /** Shows what went wrong, until the next action. */
      complain: (sentence: string) => void
      /** What the person is about to do with the stored key; survives a new drawing. */
      keyAction: KeyAction
      /** Start or leave such an action: draw anew, with the focus on that `data-part`. */
      act: (action: KeyAction, part: string) => void
    }
  }
}

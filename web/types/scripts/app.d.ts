/** The part of ComfyUI's app that the panel uses, frontends 1.18 to 1.58. */
export interface ComfyCommand {
  id: string
  label: () => string
  icon?: string
  function: () => void
}

export interface ComfySetting {
  id: string
  name: string
  category: string[]
  type: () => HTMLElement
  defaultValue: null
}

export interface ComfyExtension {
  name: string
  commands?: ComfyCommand[]
  menuCommands?: { path: string[]; commands: string[] }[]
  settings?: ComfySetting[]
  aboutPageBadges?: { label: string; url: string; icon: string }[]
  actionBarButtons?: { icon: string; label: string; tooltip: string; onClick: () => void }[]
  setup?: () => void | Promise<void>
}

export interface ComfyToast {
  severity: 'success' | 'info' | 'warn' | 'error'
  summary: string
  detail: string
  life?: number
}

export interface ComfyApp {
  registerExtension(extension: ComfyExtension): void
  menu?: { settingsGroup?: { element?: HTMLElement } }
  extensionManager?: {
    toast?: { add(message: ComfyToast): void }
    setting?: { get(id: string): unknown }
    /** The frontend's stores: Pinia gives each of them this way to all others. */
    _p?: { _s?: Map<string, unknown> }
  }
}

export const app: ComfyApp

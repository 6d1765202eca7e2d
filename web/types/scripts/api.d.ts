export interface ComfyApi extends EventTarget {
  fetchApi(route: string, options?: RequestInit): Promise<Response>
  /** A plain object up to 1.27, a Vue ref from 1.41. */
  serverFeatureFlags?: { value?: Record<string, unknown> }
}

export const api: ComfyApi

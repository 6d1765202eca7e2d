/** Shows the view that fits: logged in, logged out, or what is in the way. */
import { signedInView } from '../account/signed_in_view.mjs'
import { focusFirstField } from '../controls/first_field.mjs'
import { livePart } from '../controls/live_part.mjs'
import { element, focusedWithin, focusPart } from '../dom.mjs'
import { cancelledView } from '../leaving/cancelled_view.mjs'
import { signedOutView } from '../log_in/signed_out_view.mjs'
import { troubleView } from './trouble_view.mjs'

/**
 * What is shown changes with who somebody is here, and how they can log in: then, and only then,
 * it is built anew.
 * @param {Passport.Status} status
 */
function identityOf({ signed_in: signedIn, account, methods, registration, has_owner: hasOwner }) {
  return JSON.stringify(signedIn
    ? [account?.id, account?.role, account?.state, hasOwner === undefined]
    : [methods, registration?.needs])
}

/** @param {Passport.Status} status */
function viewFor({ signed_in: signedIn, account }) {
  if (!signedIn) return signedOutView
  return account?.state === 'cancelled' ? cancelledView : signedInView
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {import('./doctor_part.mjs').Doctor} doctor
 */
export function viewSwitch(panel, doctor) {
  const { state } = panel
  const place = element('div', { class: 'account' })
  const trouble = livePart(() => state.status ? [] : troubleView(panel))
  const nav = element('div', { class: 'nav' })
  let shownFor = ''
  /** @type {ReturnType<typeof viewFor> | null} */
  let shown = null
  /** @type {Passport.View | null} */
  let view = null

  /** @param {Passport.Status} status */
  const build = (status) => {
    shownFor = identityOf(status)
    shown = viewFor(status)
    view = shown(panel, status, doctor)
    nav.replaceChildren(...(view.nav ? [view.nav] : []))
    place.replaceChildren(view.element)
  }

  /**
   * What is half-typed waits behind the trouble until the server is back.
   * @param {boolean} isFine
   */
  const show = (isFine) => {
    trouble.element.hidden = isFine
    place.hidden = nav.hidden = !isFine
  }

  /**
   * Puts the focus where somebody begins in what was just drawn. Whoever came to log in goes on
   * doing so, by what the server offers now.
   * @param {boolean} isFine
   * @param {boolean} cameToLogIn
   */
  const begin = (isFine, cameToLogIn) => {
    if (isFine && cameToLogIn && shown === signedOutView) focusFirstField(place)
    else focusPart(isFine ? place : trouble.element)
  }

  return {
    nav,
    elements: [trouble.element, place],
    get view() {
      return view
    },
    /** @returns {boolean} whether somebody else, or trouble, is there now */
    update() {
      const { status } = state
      const wasTrouble = !trouble.element.hidden
      const isNew = !status || identityOf(status) !== shownFor
      const hadFocus = focusedWithin(wasTrouble ? trouble.element : place)
      const before = shown
      trouble.update()
      if (status && isNew) build(status)
      else view?.update()
      show(Boolean(status))
      const isOther = isNew || wasTrouble
      if (hadFocus && isOther) begin(Boolean(status), !wasTrouble && before === signedOutView)
      return isOther
    }
  }
}

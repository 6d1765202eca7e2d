from __future__ import annotations
import pytest
from passport.tests.browser import answers as A
from passport.tests.browser.panel import Panel
pytestmark = pytest.mark.browser
def test_debug(look):
    p=look.page
    for i in range(3):
        look.answers["status"]=A.signed_out() if i%2 else A.with_email()
        p.on("console", lambda m: print("CONSOLE", m.text))
        look.open()
        p.wait_for_timeout(500)
        print(i, "errors", look.errors, p.evaluate("document.querySelectorAll('passport-dialog').length"))
        p.keyboard.press("Escape")
        p.wait_for_timeout(300)
        print(i, "after", p.evaluate("document.querySelectorAll('passport-dialog').length"), p.evaluate("document.activeElement.localName"))
    

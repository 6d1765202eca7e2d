from __future__ import annotations
import os, json
from pathlib import Path
import pytest
from passport.tests.browser import answers as A
from passport.tests.browser.panel import Panel
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
OUT = Path("/tmp/shots"); OUT.mkdir(exist_ok=True)
THEMES = os.environ.get("SHOT_THEMES", "dark").split(",")
WIDTHS = [int(w) for w in os.environ.get("SHOT_WIDTHS", "1280").split(",")]
ONLY = os.environ.get("SHOT_ONLY", "")

SESSIONS = (200, {"sessions": [
  {"id":"s1","browser":"Chrome","platform":"Linux","address":"127.0.0.1","method":"password","created_at":"2026-11-20T02:00:00Z","last_seen_at":"2026-11-23T02:00:00Z","expires_at":"2026-12-20T02:00:00Z","shared_computer":False,"current":True},
  {"id":"s2","browser":"Firefox","platform":"Windows","address":"192.168.1.20","method":"comfy-api-key","created_at":"2026-11-10T02:00:00Z","last_seen_at":"2026-11-21T02:00:00Z","expires_at":"2026-12-20T02:00:00Z","shared_computer":True,"current":False}]})
EVENTS = (200, {"events": [
  {"id":9-i,"at":"2026-11-23T02:00:00Z","action":a,"address":"192.168.1.20","browser":"Firefox","platform":"Windows","details":d,"account":{"id":"a1","display_name":"Ada Practice","email":"ada@practice.example"}}
  for i,(a,d) in enumerate([("signed_in",{"method":"password"}),("password_changed",{}),("node_pack_allowed",{"node_pack":"fine-pack"}),("sessions_revoked",{"count":2}),("quite_new_thing",{}),("registered",{"method":"password"})])], "next_before": 3})
PEOPLE = (200, {"accounts": [
  {"id":"a1","display_name":"Ada Practice","email":"ada@practice.example","email_verified":True,"role":"owner","state":"active","created_at":"2026-11-01T02:00:00Z","last_seen_at":"2026-11-23T02:00:00Z","sessions":2,"identities":["password","comfy"]},
  {"id":"a2","display_name":"Ben Practice","email":"ben@practice.example","email_verified":False,"role":"user","state":"active","created_at":"2026-11-03T02:00:00Z","last_seen_at":"2026-11-20T02:00:00Z","sessions":1,"identities":["password"]},
  {"id":"a3","display_name":None,"email":"cleo.with.a.rather.long.name@studio.practice.example","email_verified":True,"role":"user","state":"disabled","created_at":"2026-11-05T02:00:00Z","last_seen_at":None,"sessions":0,"identities":["comfy"]}],"next_after":"a3"})
INV = (200, {"invitations":[{"id":"i1","email":"dora@practice.example","created_at":"2026-11-20T02:00:00Z","expires_at":"2026-11-27T02:00:00Z"},{"id":"i2","email":None,"created_at":"2026-11-20T02:00:00Z","expires_at":"2026-11-27T02:00:00Z"}]})
MAIL = (200, {"enabled":True,"host":"smtp.practice.example","port":465,"security":"tls","sender":"passport@practice.example","waiting":1,"problem":"The mail server refused the password."})
IDS = (200, {"account": A.ADA, "identities":[{"kind":"password","created_at":"2026-11-01T02:00:00Z"},{"kind":"comfy","created_at":"2026-11-02T02:00:00Z"}]})

def base(look):
    look.answers |= {"sessions":SESSIONS,"audit":EVENTS,"accounts":PEOPLE,"invitations":INV,"mail":MAIL,"account":IDS,
      "password-strength":(200,{"score":3,"problem":None})}

def out(fn): return fn
def s_email(l): l.answers["status"]=A.with_email(); l.open(); l.field("Email").fill("ada@gmial.com"); l.field("Password").focus()
def s_email_wrong(l):
    l.answers["status"]=A.with_email(); l.answers["session/email"]=A.failure(401,"email_or_password_wrong","x"); l.open(); l.field("Email").fill("ada@gmail.com"); l.field("Password").fill("x"); l.button("Log in").click(); l.page.wait_for_timeout(300)
def s_email_empty(l): l.answers["status"]=A.with_email(); l.open(); l.button("Log in").click()
def s_tries(l):
    l.answers["status"]=A.with_email(); l.answers["session/email"]=(429,{"error":{"code":"too_many_tries","message":"x","details":{"retry_after_seconds":600}}}); l.open(); l.field("Email").fill("ada@gmail.com"); l.field("Password").fill("x"); l.button("Log in").click(); l.page.wait_for_timeout(300)
def s_register(l):
    l.answers["status"]=A.with_email(); l.open(); l.button("Create an account").click(); l.field("Password").fill("correct horse battery"); l.page.wait_for_timeout(600)
def s_register_code(l):
    l.answers["status"]=A.with_email(registration=A.registration(needs="set_up_code"),has_owner=False); l.open(); l.button("Create an account").click(); l.button("Create the account").click()
def s_register_taken(l):
    l.answers["status"]=A.with_email(registration=A.registration(needs="invitation")); l.answers["accounts"]=A.failure(409,"email_taken","There is an account with this address already."); l.open(); l.button("Create an account").click(); l.field("Invitation code").fill("ABC");l.field("Email").fill("ada@gmail.com"); l.field("Password").fill("correct horse battery");  l.button("Create the account").click(); l.page.wait_for_timeout(600)
def s_forgot(l): l.answers["status"]=A.with_email(); l.open(); l.button("Forgot your password?").click()
def s_forgot_nomail(l): l.answers["status"]=A.with_email(mail={"enabled":False}); l.open(); l.button("Forgot your password?").click()
def s_reset(l):
    l.answers["status"]=A.with_email(); l.answers["password-resets"]=(202,{}); l.open(); l.button("Forgot your password?").click(); l.field("Email").fill("ada@gmail.com"); l.button("Send the mail").click(); l.page.wait_for_timeout(400)
def s_key(l): l.answers["status"]=A.signed_out(); l.open()
def s_closed(l): l.answers["status"]=A.signed_out(); l.open(); l.choose("Email")
def s_account(l): l.answers["status"]=A.signed_in(account=A.account(email_verified=False)); l.open()
def s_owner_offer(l):
    st,b=A.signed_in(); l.answers["status"]=(st,{**b,"has_owner":False,"registration":A.registration(needs="set_up_code")}); l.open()
def s_security(l): l.answers["status"]=A.signed_in(account=A.account(pending_email="new@practice.example")); l.open(); l.choose("Security"); l.page.wait_for_timeout(500)
def s_security_edit(l): s_security(l); l.button("Change the password").click(); l.field("New password").fill("abc"); l.page.wait_for_timeout(500)
def s_security_nopw(l): l.answers["status"]=A.signed_in(account=A.account(has_password=False,email_verified=False)); l.open(); l.choose("Security"); l.page.wait_for_timeout(300); l.button("Log in with email too").click()
def s_sessions(l): l.answers["status"]=A.signed_in(); l.open(); l.choose("Sessions"); l.page.wait_for_timeout(500)
def s_sessions_confirm(l): s_sessions(l); l.button("Log out everywhere").click()
def s_activity(l): l.answers["status"]=A.signed_in(); l.open(); l.choose("Activity"); l.page.wait_for_timeout(500)
def s_doctor(l): l.answers["status"]=A.signed_in(); l.open(); l.dialog.locator(".headline").click(); l.page.wait_for_timeout(500)
def s_server(l): l.answers["status"]=A.signed_in(account=A.OWNER); l.open(); l.choose("Server"); l.page.wait_for_timeout(600)
def s_server_2(l): s_server(l); l.dialog.get_by_role("heading",name="Invitations").scroll_into_view_if_needed(); l.dialog.locator(".body").evaluate("e => e.scrollTo(0, 700)")
def s_server_3(l): s_server(l); l.dialog.locator(".body").evaluate("e => e.scrollTo(0, 1400)")

STATES = {k[2:]:v for k,v in list(globals().items()) if k.startswith("s_")}

def test_shots(look, request):
    age = "oldest" if "oldest" in request.node.name else "newest"
    for theme in THEMES:
        look.page.evaluate("theme => window.app.extensionManager.setting.set('Comfy.ColorPalette', theme)", theme)
        for width in WIDTHS:
            look.page.set_viewport_size({"width": width, "height": 800})
            for name, fn in STATES.items():
                if ONLY and name not in ONLY.split(","): continue
                look.answers = {"status": A.signed_out(), "checks": A.CHECKS, "node-packs": A.NODE_PACKS}
                base(look)
                try:
                    if width < 600:
                        orig=look.open
                        def op():
                            look.page.evaluate("window.app.extensionManager.command.execute('Passport.Account')"); expect(look.dialog).to_be_visible(); return look
                        look.open=op
                    fn(look)
                except Exception as e:
                    print("FAILED", name, str(e)[:600])
                look.page.wait_for_timeout(250)
                if look.dialog.count():
                    if look.overflows(): print("OVERFLOW", age, theme, width, name)
                    box=look.dialog.bounding_box()
                    look.page.screenshot(path=OUT/f"{name}-{age}-{theme}-{width}.png", clip=box)
                    look.page.keyboard.press("Escape"); look.page.wait_for_timeout(100)
                    if look.dialog.count(): look.page.keyboard.press("Escape")
    print("errors", look.errors); look.errors=[]

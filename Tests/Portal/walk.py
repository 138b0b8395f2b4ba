#!/usr/bin/env python3
"""Drives a real browser through the page, end to end with a real Dovecot.

usage: walk.py [no-script] [caddy] [LANGUAGE] [WIDTH]
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from browser import Browser
from mail_site import Site, TOP, eventually


def messages(language):
    lines = (TOP / f"Sources/Messages/Languages/{language}.txt").read_text().splitlines()
    return dict(line.split(" = ", 1) for line in lines if " = " in line and not line.startswith("#"))


class Walk:
    def __init__(self, site, browser, language):
        self.site, self.browser, self.t = site, browser, messages(language)

    def expect(self, condition, what):
        if not condition:
            raise AssertionError(f"{what}\n{self.browser.driver.current_url}\n{self.browser.text()}")
        print(f"   {what}", flush=True)

    def shows(self, key, what=None, css="body"):
        self.expect(self.t[key] in self.browser.text(css), what or f"shows: {key}")

    def sign_in(self, password, code=""):
        self.browser.open("/sign-in").fill("user", Site.alice).fill("password", password).fill("code", code)
        return self.browser.send("/sign-in")

    def make(self, name, services=("imap", "smtp")):
        """Makes an app password on the page; its id and secret."""
        self.browser.open("/new").fill("name", name)
        for box in self.browser.driver.find_elements("css selector", "input[name=service]"):
            if box.is_selected() != (box.get_dom_attribute("value") in services):
                box.click()
        self.browser.send("/new")
        self.shows("shown_once")
        secret = self.browser.text("code.secret")
        self.expect(re.fullmatch(r"([0-9a-z]{5}-){4}[0-9a-z]{5}", secret), f"{name}: twenty-five symbols in groups")
        href = self.browser.find('a[href^="/devices/"]').get_dom_attribute("href")
        return href.removeprefix("/devices/"), secret

    def row(self, device):
        """What the list shows of an app password."""
        return self.browser.find(f'tr:has(a[href="/devices/{device}"])').text

    # The steps.

    def before_the_second_factor(self):
        self.expect(self.site.imap(Site.password), "the main password reads mail")
        self.sign_in("wrong")
        self.shows("denied", css="[role=alert]")
        self.sign_in(Site.password)
        self.expect(self.browser.text("h1") == self.t["title_devices"], "signed in")
        cookie = self.browser.cookie("__Host-postern")
        self.expect(
            cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["session"],
            "the cookie is Secure, HttpOnly, SameSite=Strict and ends with the browser")

        def is_warned():
            self.browser.open("/devices")
            return self.t["main_uses_heading"] in self.browser.text()
        self.expect(eventually(is_warned, "the warning"), "says that the main password still reads mail")

    def enroll(self):
        self.browser.open("/second-factor")
        self.shows("stops_heading", "says what will stop")
        self.browser.send("/second-factor/enrol")
        self.expect(self.browser.find("svg path"), "shows a QR code")
        self.seed = re.search(r"secret=([A-Z2-7]+)", self.browser.find("input[name=key]").get_dom_attribute("value"))[1]
        self.browser.fill("code", "000000").send("/second-factor/confirm")
        self.shows("refusal_wrong_code", css="[role=alert]")
        again = re.search(r"secret=([A-Z2-7]+)", self.browser.find("input[name=key]").get_dom_attribute("value"))[1]
        self.expect(again == self.seed, "a wrong code keeps the key")
        self.browser.fill("code", self.site.code(self.seed)).send("/second-factor/confirm")
        self.shows("enrolled_text")
        codes = re.findall(r"(?:[0-9a-z]{5}-){4}[0-9a-z]{5}", self.browser.text())
        self.expect(len(codes) == 10, "ten recovery codes")
        self.expect(not self.site.imap(Site.password), "the main password reads no mail from now on")
        self.browser.press(self.t["codes_stored"])
        self.shows("factor_on")
        return codes[0]

    def sign_in_with_code(self, recovery_code):
        self.browser.send("/sign-out")
        self.shows("signed_out")
        self.browser.open("/devices")
        self.expect(self.browser.text("h1") == self.t["title_sign_in"], "signed out, every page leads to the sign-in page")
        self.sign_in(Site.password)
        self.shows("denied", "no sign-in without a code", css="[role=alert]")
        self.sign_in(Site.password, recovery_code)
        self.expect(self.browser.text("h1") == self.t["title_devices"], "signed in with a recovery code")
        self.browser.send("/sign-out")
        self.sign_in(Site.password, self.site.code(self.seed))
        self.expect(self.browser.text("h1") == self.t["title_devices"], "signed in with a code")

    def life_of_an_app_password(self):
        device, secret = self.make("Ann's <Phone> & \"co\"")
        self.expect(self.site.imap(secret), "it signs in to Dovecot")

        def is_used():
            self.browser.open("/devices")
            return self.t["short_imap"] in self.row(device).replace(self.t["service_imap"], "")
        self.expect(eventually(is_used, "the last use"), "the list shows that it was used")
        self.expect("Ann's <Phone> & \"co\"" in self.row(device), "its name is as it was typed")
        self.browser.send(f"/devices/{device}/revoke")
        self.shows("done_revoked", css="[role=status]")
        self.expect(not self.site.imap(secret), "revoked, it is refused at the next sign-in")
        self.browser.send(f"/devices/{device}/put-back")
        self.shows("done_put_back", css="[role=status]")
        self.expect(self.site.imap(secret), "put back, it works again")

        self.browser.open(f"/devices/{device}").fill("name", "Tablet").send(f"/devices/{device}/rename")
        self.shows("done_renamed", css="[role=status]")
        self.browser.send(f"/devices/{device}/pause")
        self.expect(not self.site.imap(secret), "paused, it is refused")
        self.browser.send(f"/devices/{device}/resume")
        self.expect(self.site.imap(secret), "resumed, it works again")
        self.browser.fill("networks", "not a network").send(f"/devices/{device}/widen")
        self.expect("not" in self.browser.text("[role=alert]"), "says which network is none")
        self.browser.fill("networks", "198.51.100.0/24").send(f"/devices/{device}/widen")
        self.expect(not self.site.imap(secret), "limited to another network, it is refused")
        self.browser.fill("networks", "").send(f"/devices/{device}/widen")
        self.expect(self.site.imap(secret), "allowed from everywhere again")
        self.browser.send(f"/devices/{device}/rotate")
        successor = self.browser.text("code.secret")
        self.expect(self.site.imap(successor) and self.site.imap(secret), "replaced: both work for a while")
        return successor

    def app_password_does_not_open_the_page(self, secret):
        self.browser.send("/sign-out")
        self.sign_in(secret, self.site.code(self.seed))
        self.shows("denied", "an app password does not open the page", css="[role=alert]")
        self.sign_in(Site.password, self.site.code(self.seed))

    def form_twice(self):
        self.browser.open("/new").fill("name", "Twice")
        token = self.browser.find('form[action="/new"] input[name=form]').get_dom_attribute("value")
        self.browser.send("/new").open("/new").fill("name", "Twice")
        self.browser.driver.execute_script(
            "document.querySelector('form[action=\"/new\"] input[name=form]').value = arguments[0]", token)
        self.browser.send("/new")
        self.shows("refusal_form_used", css="[role=alert]")

    def password(self, secret):
        def change(current, new, again=None, **boxes):
            self.browser.open("/password").fill("current", current).fill("new", new).fill("again", again or new)
            for box, on in boxes.items():
                self.browser.fill(box, on)
            return self.browser.send("/password")
        change("wrong", "another main password")
        self.shows("refusal_wrong_current", css="[role=alert]")
        change(Site.password, "short")
        self.shows("refusal_password_short", css="[role=alert]")
        change(Site.password, "another main password", "and another")
        self.shows("refusal_passwords_differ", css="[role=alert]")
        change(Site.password, "another main password")
        self.shows("done_password", css="[role=status]")
        self.expect(self.site.imap(secret), "app passwords go on")
        change("another main password", "a third main password", revoke_all=True)
        self.shows("done_password", css="[role=status]")
        self.expect(not self.site.imap(secret), "all app passwords are revoked")

    def activity(self):
        self.browser.open("/activity")
        for key in ["change_app_password_put_back", "change_account_password", "change_second_factor_confirm"]:
            self.shows(key)
        self.expect(self.browser.find('a[href="/activity.csv"]'), "can be downloaded")
        self.browser.open("/activity?refused=1")
        self.shows("activity_refused_wrong")

    def errors(self):
        self.browser.open("/nonesuch")
        self.shows("error_404")
        self.browser.open("/help")
        self.expect("imap.portal.test" in self.browser.text(), "names the servers")
        self.browser.send("/sign-out").open("/help")
        self.expect("imap.portal.test" in self.browser.text(), "also to somebody who is not signed in")

    def all(self):
        self.before_the_second_factor()
        codes = self.enroll()
        self.sign_in_with_code(codes)
        secret = self.life_of_an_app_password()
        self.app_password_does_not_open_the_page(secret)
        self.form_twice()
        self.password(secret)
        self.activity()
        self.errors()
        for word in [secret, Site.password, self.seed, codes]:
            for log in [*self.site.root.glob("*.log"), *self.site.root.glob("log/*"), *self.site.root.glob("nginx/*.log")]:
                assert word not in log.read_text(errors="replace"), f"a secret is in {log.name}"
        print("   no secret in any log")


def main(words):
    language = next((word for word in words if word in ("en", "de", "fr", "zh")), "en")
    width = next((int(word) for word in words if word.isdigit()), 1280)
    front = "caddy" if "caddy" in words else "nginx"
    with Site("guess_free = 1000\n", front) as site:
        with Browser(site.origin, width=width, language=language, script="no-script" not in words) as browser:
            print(f"{front}, {language}, {width} px, script {'off' if 'no-script' in words else 'on'}:")
            try:
                Walk(site, browser, language).all()
            except BaseException:
                for log in ["portal.log", "log/posternd.err", "log/auth.log", "nginx/error.log", "caddy.log"]:
                    if (site.root / log).exists():
                        print(f"--- {log}\n{(site.root / log).read_text()[-2000:]}")
                raise


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""Looks at every page in four languages, light and dark, narrow and wide: axe-core, no horizontal scrolling, a picture.

usage: gallery.py FOLDER [LANGUAGE...]
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from browser import Browser  # noqa: E402
from mail_site import Site  # noqa: E402
from walk import Walk  # noqa: E402

LANGUAGES = ["en", "de", "fr", "zh"]
SIZES = [(320, False), (320, True), (1280, False), (1280, True)]


class Gallery:
    def __init__(self, browser, folder):
        self.browser, self.folder, self.faults, self.pages = browser, folder, [], 0

    def look(self, name, language):
        """At the page that is shown, as it is: pages that show a secret cannot be loaded again."""
        for width, dark in SIZES:
            self.browser.width(width)
            self.browser.dark(dark)
            where = f"{name}-{language}-{width}-{'dark' if dark else 'light'}"
            self.pages += 1
            for rule, impact, places in self.browser.axe():
                self.faults.append(f"{where}: {rule} ({impact}): {places[:2]}")
            if self.browser.overflows():
                self.faults.append(f"{where}: wider than {width} px")
            if self.browser.evaluate("document.documentElement.lang") != language:
                self.faults.append(f"{where}: says it is in another language")
            self.browser.screenshot(self.folder / f"{where}.png")
        self.browser.width(1280)

    def every_page(self, site, language):
        browser, walk = self.browser, Walk(site, self.browser, language)
        browser.language(language)
        browser.open("/sign-in")
        self.look("sign-in", language)
        walk.sign_in("wrong")
        self.look("sign-in-denied", language)
        browser.open("/help")
        self.look("help", language)
        browser.open("/nonesuch")
        self.look("error", language)
        walk.sign_in(Site.password)
        browser.open("/devices")
        self.look("devices-empty", language)
        browser.open("/new")
        self.look("new", language)
        browser.press(walk.t["more_choices"], leaves=False)
        browser.fill("networks", "nonsense").fill("name", "Phone").send("/new")
        self.look("new-refused", language)
        device, secret = walk.make("Phone")
        for details in browser.driver.find_elements("css selector", "details"):
            details.find_element("css selector", "summary").click()
        self.look("shown", language)
        assert site.imap(secret)
        walk.make("Ein ziemlich langer Name, den sich jemand für den Drucker ausdachte")
        browser.open("/devices")
        self.look("devices", language)
        browser.open(f"/devices/{device}")
        self.look("device", language)
        browser.send(f"/devices/{device}/pause")
        self.look("device-paused", language)
        browser.send(f"/devices/{device}/revoke")
        self.look("devices-revoked", language)
        browser.open("/second-factor")
        self.look("second-factor-off", language)
        browser.send("/second-factor/enrol")
        self.look("enrol", language)
        key = browser.find("input[name=key]").get_dom_attribute("value")
        seed = key.split("secret=")[1].split("&")[0]
        browser.fill("code", site.code(seed)).send("/second-factor/confirm")
        self.look("codes", language)
        browser.open("/second-factor")
        self.look("second-factor-on", language)
        browser.open("/confirm?next=/new")
        self.look("confirm", language)
        browser.open("/activity")
        self.look("activity", language)
        browser.open("/password")
        self.look("password", language)
        browser.open("/password?not-me=1")
        self.look("password-not-me", language)
        browser.open("/second-factor").send("/second-factor/remove")
        browser.send("/sign-out")


def main(folder, languages):
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages or LANGUAGES:
        with Site("guess_free = 1000\n") as site, Browser(site.origin, language=language) as browser:
            site.imap(Site.password)
            site.imap("a wrong password")
            gallery = Gallery(browser, folder)
            gallery.every_page(site, language)
            print(f"{language}: {gallery.pages} views, {len(gallery.faults)} faults")
            if gallery.faults:
                raise SystemExit("\n".join(gallery.faults))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])

"""A real chromium for tests: headless, loopback only, one throw-away profile per Browser."""
import base64, os, pathlib, sysconfig, tempfile
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

AXE = pathlib.Path(sysconfig.get_paths()["purelib"]) / "axe_playwright_python" / "axe.min.js"
FLAGS = """--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --no-default-browser-check --no-proxy-server
  --disable-background-networking --disable-component-update --disable-sync --disable-extensions --hide-scrollbars --disable-default-apps""".split()


class Browser:
    def __init__(self, origin, hosts=("portal.test",), width=1280, language="en", dark=False, script=True, flags=()):
        self.origin, self.height = origin.rstrip("/"), 900
        self.home = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)  # chromium leaves things in /tmp and ~
        environment = {**os.environ, "HOME": self.home.name, "TMPDIR": self.home.name}
        options, rules = webdriver.ChromeOptions(), ", ".join([f"MAP {host} 127.0.0.1" for host in hosts] + ["MAP * ~NOTFOUND"])
        options.binary_location, options.accept_insecure_certs = "/usr/bin/chromium", True
        for flag in [*FLAGS, f"--host-resolver-rules={rules}", f"--accept-lang={language}", *flags]:
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"credentials_enable_service": False, "profile.password_manager_leak_detection": False})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver", env=environment))
        self.agent = self.cdp("Browser.getVersion")["userAgent"]
        self.width(width), self.dark(dark), self.language(language), self.script(script)

    def close(self):
        self.driver.quit(), self.home.cleanup()
    __enter__, __exit__ = lambda self: self, lambda self, *_: self.close()

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    # How the page is shown, in this tab only. Width and dark hold at once, language and script from the next open().
    def width(self, pixels, height=None):
        self.cdp("Emulation.setDeviceMetricsOverride", width=pixels, height=height or self.height, deviceScaleFactor=1, mobile=False)

    def dark(self, on):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if on else "light"}])

    def language(self, tags):
        self.cdp("Emulation.setUserAgentOverride", userAgent=self.agent, acceptLanguage=tags)

    def script(self, on):
        self.scripted = on
        self.cdp("Emulation.setScriptExecutionDisabled", value=not on)

    # What a user does.
    def open(self, path="/"):
        self.driver.get(path if "://" in path else self.origin + path)
        return self

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def field(self, name):
        """The form field with this name, id or label text."""
        for found in self.driver.find_elements(By.CSS_SELECTOR, "input:not([type=hidden]), select, textarea"):
            labels = self.driver.execute_script("return [...(arguments[0].labels || [])].map(l => l.innerText.trim())", found)
            if name in (found.get_dom_attribute("name"), found.get_dom_attribute("id"), *labels):
                return found
        raise LookupError(f"no field {name!r} on {self.driver.current_url}")

    def fill(self, name, value):
        field = self.field(name)
        if field.tag_name == "select":
            Select(field).select_by_visible_text(value)
        elif field.get_dom_attribute("type") in ("checkbox", "radio"):
            field.is_selected() == bool(value) or field.click()
        else:
            field.clear(), field.send_keys(value)
        return self

    def press(self, text, leaves=True):
        """Press the button or follow the link that shows this text, and wait for the page it leads to, if it leads to one."""
        for found in self.driver.find_elements(By.CSS_SELECTOR, "button, a, summary, input[type=submit]"):
            if (found.text.strip() or found.get_dom_attribute("value")) == text:
                return self.click(found, text, leaves)
        raise LookupError(f"nothing to press that says {text!r} on {self.driver.current_url}")

    def send(self, action, leaves=True):
        """Press the button of the form that goes to this path."""
        return self.click(self.find(f'form[action="{action}"] button'), action, leaves)

    def click(self, found, what, leaves):
        before = self.page()
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()  # chromedriver may return before the navigation has begun
        if leaves:
            self.wait(
                lambda: self.page() != before and self.evaluate("document.readyState") == "complete",
                f"{what!r} led nowhere")
        return self

    def wait(self, check, what, seconds=20):
        WebDriverWait(self.driver, seconds, 0.05, [WebDriverException]).until(lambda _: check(), f"{what}, at {self.driver.current_url}")

    def page(self):
        """Chromium's own id of the document shown: another after each navigation, to the same address too."""
        return self.cdp("Page.getFrameTree")["frameTree"]["frame"]["loaderId"]

    # What the page shows.
    def text(self, css="body"):
        return self.find(css).text

    def rows(self, css="table"):
        """Each row's cells' text, the head's too, in one call: an element at a time is slow."""
        return self.driver.execute_script("return [...arguments[0].rows].map(r => [...r.cells].map(c => c.innerText.trim()))", self.find(css))

    def evaluate(self, expression):  # with script off too, but for promises and timers
        return self.driver.execute_script("return " + expression)

    def overflows(self):
        return self.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")

    def cookie(self, name):
        return next((c for c in self.cdp("Storage.getCookies")["cookies"] if c["name"] == name), None)

    def screenshot(self, path):  # of the whole page
        pathlib.Path(path).write_bytes(base64.b64decode(self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]))

    def axe(self, tags=("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")):
        """axe-core's violations as (rule, impact, [html of each place]); a page opened with script off stays as it is."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=False)  # axe awaits timers, which never fire with script off
        self.driver.execute_script("if (!window.axe) {" + AXE.read_text() + "}")
        result = self.driver.execute_async_script("axe.run(document, {runOnly: arguments[0]}).then(arguments[1], e => arguments[1]({error: String(e)}))", list(tags))
        self.script(self.scripted)
        if "error" in result:
            raise RuntimeError(result["error"])
        return [(v["id"], v["impact"], [node["html"] for node in v["nodes"]]) for v in result["violations"]]

"""A headless Chromium that looks at the page the way the tests need it."""

import base64
import json
import pathlib
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PICTURES = pathlib.Path(__file__).resolve().parents[2] / "output/page-tests"
# Chromium itself writes a line to the console for each answer that is no success, and for each that does not come.
NETWORK = ("Failed to load resource", "net::ERR_CONNECTION")


class Browser:
    def __init__(self, *flags, blocks_microphone=False, letters=None):
        options = webdriver.ChromeOptions()
        for flag in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio",
                     "--autoplay-policy=user-gesture-required", *flags]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        preferences = {}
        if blocks_microphone:
            preferences["profile.default_content_setting_values.media_stream_mic"] = 2
        if letters:  # the size of letters that the person has set, in pixels
            preferences["webkit.webprefs.default_font_size"] = letters
        options.add_experimental_option("prefs", preferences)
        options.binary_location = "/usr/bin/chromium"
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        self.driver.set_script_timeout(60)

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def size(self, width, height=900, density=1):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=density, mobile=False)

    def prefer(self, **features):
        """Sets media features: `prefer(color_scheme="dark", reduced_motion="reduce")`."""
        self.command("Emulation.setEmulatedMedia", media="", features=[
            {"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()])

    def force_colours(self, scheme):
        """Shows the page in a person's own few colours, as Windows does in high contrast."""
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "forced-colors", "value": "active"}, {"name": "prefers-color-scheme", "value": scheme}])

    def show_on_paper(self):
        self.command("Emulation.setEmulatedMedia", media="print")

    def open(self, address):
        self.driver.get(address)
        self.driver.get_log("browser")
        self.driver.execute_script("sessionStorage.clear()")
        self.driver.get(address)

    def at(self, name):
        return self.driver.find_element(By.ID, name)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, name):
        text = self.driver.execute_script("return document.getElementById(arguments[0]).textContent.trim()", name)
        return text.replace("\u00a0", " ")

    def click(self, name):
        self.at(name).click()

    def shows(self, name):
        return self.at(name).is_displayed()

    def choose(self, *files):
        self.at("files").send_keys("\n".join(str(file) for file in files))

    def until(self, condition, seconds=60, what="it"):
        """Waits for a condition. What is to be seen must stay: a slow machine may look only after some seconds."""
        return WebDriverWait(self.driver, seconds, 0.05).until(lambda _: condition(), f"waited {seconds} s for {what}")

    def run(self, script, *arguments):
        """Runs the body of an async function in the page."""
        outcome = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);"
            f"(async (...given) => {{ {script} }})(...given).then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));",
            *arguments)
        if "error" in outcome:
            raise AssertionError(outcome["error"])
        return outcome.get("value")

    def press(self, *keys):
        """Presses keys of the DevTools protocol, as a keyboard does: `press("Tab", "Enter")`."""
        codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowRight": 39, "ArrowLeft": 37, "Escape": 27, "End": 35, "Home": 36}
        for key in keys:
            text = {"Enter": "\r", " ": " "}.get(key)
            about = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": codes[key]}
            self.command("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": text} if text else {}))
            self.command("Input.dispatchKeyEvent", type="keyUp", **about)

    def tab_to(self, name, most=40):
        for _ in range(most):
            if self.driver.execute_script("return document.activeElement.id") == name:
                return
            self.press("Tab")
        raise AssertionError(f"{name} is not reached with {most} presses of Tab")

    def picture(self, name):
        """Keeps a picture of the whole page in output/page-tests."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        time.sleep(0.4)  # transitions
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        data = self.command("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(data))

    def complaints(self, network=True):
        """What stands in the console since the last call; without the lines about the network if they are expected."""
        lines = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        return lines if network else [line for line in lines if not any(part in line for part in NETWORK)]

    def accessibility(self, axe):
        """What axe-core finds wrong: a line for each rule with the elements."""
        self.driver.execute_script(axe)
        found = self.run("return (await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations")
        return [f"{rule['id']}: {rule['help']}: {json.dumps([node['target'] for node in rule['nodes']])}" for rule in found]

    def close(self):
        self.driver.quit()

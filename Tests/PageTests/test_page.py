"""Drives the page in headless Chromium; `make test-page` runs it. Pictures go to output/page-tests, to be looked at.

    python test_page.py [--server ADDRESS] [--part K/N] [unittest's arguments]

With --server the tests of a healthy server run against that one, a running `emotive serve`; else, and always where the
server misbehaves, against standin.py. With --part only every Nth test runs, from the Kth on, so that N processes share
the tests. AXE names a copy of axe-core (axe.min.js): without it those tests are skipped.
"""

import base64
import csv
import datetime
import itertools
import math
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
import wave
import zoneinfo

from browser import Browser
from standin import BUNDLE, PAGE, StandIn, bundle

HERE = pathlib.Path(__file__).resolve().parent
REAL = None
PART = (1, 1)
AXE = pathlib.Path(os.environ["AXE"]).read_text() if os.environ.get("AXE") else None
LABELS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
folder = pathlib.Path(tempfile.mkdtemp(prefix="page-tests-"))


def speech(name, text="Kids are talking by the door", *options):
    file = folder / name
    subprocess.run(["espeak-ng", *options, "-w", file, text], check=True)
    return file


def silence(name, seconds):
    with wave.open(str(folder / name), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(bytes(int(seconds * 32000)))
    return folder / name


def tone(name, seconds):
    """A WAV of a tone."""
    samples = [int(8000 * math.sin(index / 7)) for index in range(int(16000 * seconds))]
    with wave.open(str(folder / name), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return folder / name


def noise(name, seconds):
    """A WAV of noise below -70 dB, in which nobody speaks."""
    samples = [index * index * 7919 % 17 - 8 for index in range(16000 * seconds)]
    with wave.open(str(folder / name), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return folder / name


def beeps(name, seconds):
    """A WAV with a second of sound at both ends and digital silence between."""
    second = struct.pack("<16000h", *[int(8000 * math.sin(index / 7)) for index in range(16000)])
    with wave.open(str(folder / name), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(second + bytes((seconds - 2) * 32000) + second)
    return folder / name


def written(name, data):
    (folder / name).write_bytes(data)
    return folder / name


class PageTest(unittest.TestCase):
    """One browser for a class, a page opened anew for each test, no complaint in the console."""

    flags = ()
    blocks_microphone = False
    letters = None
    network_errors = False

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser(*cls.flags, blocks_microphone=cls.blocks_microphone, letters=cls.letters)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.server = None
        self.network_errors = type(self).network_errors
        self.browser.size(1280)
        self.browser.prefer(color_scheme="light")

    def open(self, healthy=False, **faults):
        """Opens the page: of the real server where there is one and the test wants it healthy."""
        if not (healthy and REAL):
            self.server = StandIn()
            self.addCleanup(self.server.go_away)
            for name, value in faults.items():
                setattr(self.server, name, value)
        self.browser.open(REAL if healthy and REAL else self.server.address)
        return self.browser

    def tearDown(self):
        complaints = self.browser.complaints(network=not self.network_errors)
        self.assertEqual(complaints, [])

    def count_decoding(self):
        self.browser.run("""const { prototype } = BaseAudioContext;
            const { decodeAudioData } = prototype;
            window.decoded = 0;
            prototype.decodeAudioData = function (...given) { decoded += 1; return decodeAudioData.apply(this, given); }""")

    def listen(self, places="[aria-live], [role=status]"):
        """Has the page keep all that a screen reader is given to say, or that stands at other places, for `said`."""
        self.browser.run("""window.said = [];
            for (const place of document.querySelectorAll(given[0]))
              new MutationObserver(() => place.textContent.trim() && said.push(place.textContent.trim()))
                .observe(place, { childList: true, characterData: true, subtree: true })""", places)

    def said(self):
        return self.browser.run("return said")

    def play_slowly(self):
        """Has sounds play so slowly that a test can look at one that plays before it is over."""
        self.browser.run("""const { play } = HTMLMediaElement.prototype;
            HTMLMediaElement.prototype.play = function () {
              this.playbackRate = 0.1;
              return play.call(this);
            }""")

    def wait_until_said(self, pattern, seconds=60):
        self.browser.until(lambda: any(re.search(pattern, text) for text in self.said()), seconds, f"“{pattern}” to be said")

    def wait_for_answer(self, seconds=60):
        self.browser.until(lambda: self.browser.text("verdict").startswith(tuple(LABELS)), seconds, "an answer")

    def check_in_sight(self, name):
        top, bottom, height = self.browser.run(
            "const { top, bottom } = given[0].getBoundingClientRect(); return [top, bottom, innerHeight]", self.browser.at(name))
        self.assertTrue(0 <= top < bottom <= height, (top, bottom, height))

    def open_example(self):
        """Opens the example and waits for its answer and its pictures, which come in any order."""
        self.browser.click("example")
        for part in ["segments", "transport", "timeline"]:
            self.browser.until(lambda: self.browser.shows(part), what=part)

    def wait_for_notice(self, title, seconds=60):
        self.browser.until(lambda: self.browser.shows("notice") and self.browser.text("notice-title") == title, seconds,
                           f"the notice “{title}”")

    def wait_for_rows(self, count, seconds=60):
        self.browser.until(lambda: len(self.browser.all("#rows tr")) == count and not self.browser.shows("progress"), seconds,
                           f"{count} rows")


class FirstPaint(PageTest):
    def test_is_small_and_all_from_here(self):
        page = self.open(healthy=True)
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        loaded = page.run("""return performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
            .map(({ name, transferSize, encodedBodySize }) => [name, Math.max(transferSize, encodedBodySize)])""")
        here = page.driver.current_url
        self.assertTrue(all(name.startswith(here) for name, _ in loaded), loaded)
        self.assertLess(sum(size for _, size in loaded), 100_000)
        page.picture("first-light")
        page.prefer(color_scheme="dark")
        page.picture("first-dark")

    def test_modules_come_at_once_and_those_that_draw_later(self):
        page = self.open(healthy=True)
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        scripts = """return performance.getEntriesByType("resource").map(({ name }) => name.split("/").pop())
            .filter((name) => name.endsWith(".js"))"""
        named = page.run("return [...document.querySelectorAll('[rel=modulepreload]')].map((link) => link.getAttribute('href'))")
        self.assertEqual(sorted(page.run(scripts)), sorted([*named, "app.js"]))
        page.press("Tab")  # somebody is there
        page.until(lambda: {"plots.js", "spectrum.js", "capture.js", "live.js"} <= set(page.run(scripts)))

    def test_every_file_is_served_as_it_is_here(self):
        page = self.open(healthy=True)
        for file in PAGE.iterdir():
            with urllib.request.urlopen(page.driver.current_url + file.name.replace("index.html", "")) as response:
                self.assertEqual(response.read(), file.read_bytes(), file.name)

    def test_policy_is_strict(self):
        page = self.open(healthy=True)
        policy = page.run("return (await fetch('./')).headers.get('Content-Security-Policy')")
        for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'"]:
            self.assertIn(part, policy)
        self.assertNotIn("unsafe", policy)

    def test_says_what_the_model_is(self):
        page = self.open(healthy=True)
        honest = next(figure for figure in BUNDLE["provenance"]["figures"] if figure["speaker_disjoint"])
        page.until(lambda: f"{honest['n']:,} recordings of speakers they had never heard" in page.text("model-figures"))
        self.assertIn(f"{int(100 * honest['wa'] + 0.5)}%", page.text("model-figures"))
        page.driver.find_element("css selector", "#model-details summary").click()
        self.assertIn("EmoBox", page.text("model-facts"))
        for note in honest["notes"]:
            self.assertIn(note, page.text("model-facts"))
        self.assertIn("tells 8 emotions apart: neutral, calm, ", page.text("model-taught"))
        self.assertIn(BUNDLE["provenance"]["trained_on"], page.text("model-taught"))
        page.picture("model-light")

    def test_says_of_another_model_what_is_true_of_it(self):
        page = self.open(about={"labels": ["bored", "glad"], "trained_on": "12 recordings of mine", "figures": [], "licences": []})
        page.until(lambda: "2 emotions apart: bored, glad. Its training: 12 recordings of mine." in page.text("model-taught"))
        self.assertEqual(page.text("model-figures"), "No test figures come with this model.")
        said = page.run("return document.documentElement.textContent + document.querySelector('[name=description]').content")
        for claim in ["eight", "English", "never part of"]:
            self.assertNotIn(claim, said)
        page.picture("model-other-light")

    def test_figures_of_few_speakers_have_no_interval(self):
        honest = next(figure for figure in bundle("emotive-1")["figures"] if figure["speaker_disjoint"])
        page = self.open(about={"figures": [honest | {"uar_low": None, "uar_high": None}]})
        page.until(lambda: "speakers they had never heard" in page.text("model-figures"))
        self.assertIn(f"new to them{honest['n']:,}{honest['wa']:.3f}{honest['uar']:.3f} (too few speakers for an interval)Terms", page.text("model-facts"))

    def test_what_is_said_later_has_a_place_that_screen_readers_know(self):
        page = self.open()
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        self.assertNotEqual(page.run("return getComputedStyle(given[0]).display", page.at("status")), "none")
        before = page.run("return document.body.scrollHeight")
        page.run("given[0].remove()", page.at("status"))
        self.assertEqual(page.run("return document.body.scrollHeight"), before, "while empty it takes room")


class Sounds(PageTest):
    def test_example_has_everything(self):
        page = self.open(healthy=True)
        self.open_example()
        self.assertEqual(len(page.all("#bars li")), 8)
        for name in ["waveform", "spectrogram", "timeline"]:
            self.assertTrue(page.at(name).get_attribute("aria-label"), name)
            colours = page.run("""const { data } = given[0].getContext("2d").getImageData(0, 0, given[0].width, given[0].height);
                return new Set(new Uint32Array(data.buffer)).size""", page.at(name))
            self.assertGreater(colours, 3, name)
        self.assertIn("synthetic", page.text("view-facts"))
        self.assertFalse(page.shows("list") or page.shows("save"))
        self.assertRegex(page.text("certainty"), r"^(Fairly sure|Unsure|Very unsure): on average a window is as unsure as an even "
                         r"choice among \d\.\d emotions\..* The bars are the mean of \d+ windows of 3 s; play or click")
        page.driver.find_element("css selector", "#figures summary").click()
        self.assertRegex(page.text("uncertainty"), r"^Entropy of a window\d\.\d\d of 2\.08 nats.*Predictive entropy\d\.\d\d of 2\.08 "
                         r"nats.*in the middle")
        page.picture("example-light")
        page.prefer(color_scheme="dark")
        page.picture("example-dark")
        for theme in ["dark", "light"]:
            page.prefer(color_scheme=theme)
            page.size(375, 800, 2)
            page.picture(f"example-phone-{theme}")
        for width in [375, 320]:
            page.size(width, 800, 2)
            self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), width)

    def test_short_recording_says_how_unsure(self):
        page = self.open(healthy=True)
        page.choose(speech("short.wav", "Kids are talking by the door"))
        self.wait_for_answer()
        networks = 4 if self.server else len(BUNDLE["members"])  # the stand-in has four
        agreement = r" (All \d networks agree|\d of the \d networks says? something else)\." if networks > 1 else ""
        self.assertRegex(page.text("certainty"),
                         r"^(Fairly sure|Unsure|Very unsure): as unsure as an even choice among \d\.\d emotions\." + agreement + "$")
        page.driver.find_element("css selector", "#figures summary").click()
        self.assertIn("nats", page.text("uncertainty"))
        self.assertEqual("Disagreement" in page.text("uncertainty"), networks > 1)
        shares = [int(row.text.split()[-1].strip("<%")) for row in page.all("#bars li")]
        self.assertAlmostEqual(sum(shares), 100, delta=5)
        self.assertFalse(page.shows("timeline-figure"))
        page.picture("short-light")

    def test_a_little_long_shows_what_was_heard(self):
        page = self.open(healthy=True)
        page.choose(speech("middle.wav", "Kids are talking by the door, and dogs are sitting", "-s", "140"))
        self.wait_for_answer()
        page.until(lambda: page.shows("transport"), what="the decoded sound")
        length = page.at("position").get_attribute("max")
        self.assertTrue(3.2 < float(length) < 4, length)
        self.assertIn("The answer is for the 3.1 s", page.text("view-facts"))
        page.picture("heard-light")

    def test_pictures_are_drawn_anew_for_another_screen(self):
        page = self.open(healthy=True)
        page.choose(speech("screen.wav"))
        page.until(lambda: page.at("waveform").get_attribute("aria-label"), what="the pictures")
        widths = lambda: [page.at(name).get_property("width") for name in ["waveform", "spectrogram"]]
        before = widths()
        for density in [2, 1]:
            page.size(1280, density=density)
            motions = itertools.cycle(["reduce", "no-preference"])

            def has_changed():
                # Without a screen, Chromium looks again at what matches only when such a thing changes.
                page.prefer(color_scheme="light", reduced_motion=next(motions))
                return widths() == [density * width for width in before]

            page.until(has_changed, what=f"{density} pixels for one")

    def test_nothing_is_wider_than_a_narrow_screen(self):
        page = self.open(healthy=True)
        page.size(320, 640)
        self.open_example()
        for summary in page.all("summary"):
            page.run("given[0].click()", summary)
        page.until(lambda: page.all("#segments tbody button")[0].is_displayed())
        self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), 320)

    def test_words_are_whole_with_more_space_between_letters(self):
        page = self.open(healthy=True)
        self.open_example()
        # WCAG 2.2, 1.4.12.
        page.run("""for (const one of document.querySelectorAll("body, body *"))
              for (const [name, value] of [["line-height", "1.5"], ["letter-spacing", ".12em"], ["word-spacing", ".16em"]])
                one.style.setProperty(name, value, "important")""")
        for width in [1280, 375, 320]:
            page.size(width, 800)
            cut = page.run("""return [...document.querySelectorAll(".bars *")].filter((one) => one.scrollWidth > one.clientWidth + 1
                && getComputedStyle(one).display !== "inline").map((one) => one.textContent)""")
            self.assertEqual(cut, [], width)
            self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), width)
        page.picture("spacing-phone-light")

    def test_bars_stay_on_paper_and_in_forced_colours(self):
        page = self.open()
        page.choose(speech("paper.wav"))
        self.wait_for_answer()
        page.until(lambda: page.shows("transport"), what="the decoded sound")
        page.show_on_paper()
        self.assertFalse(page.shows("record") or page.shows("transport") or page.shows("save"))
        for selector in [".track", ".bar", ".range"]:
            self.assertEqual(page.run("return getComputedStyle(given[0]).printColorAdjust", page.all(selector)[0]), "exact", selector)
        page.picture("paper-light")
        page.prefer(color_scheme="light")
        for scheme in ["light", "dark"]:
            page.force_colours(scheme)
            line, behind, dot, button = page.run("""const colour = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
                return [colour(".range", "outlineColor"), colour(".bar", "backgroundColor"), colour(".dot", "backgroundColor"),
                  colour("#record", "backgroundColor")]""")
            self.assertNotEqual(line, behind)
            self.assertNotEqual(dot, button)
            page.picture(f"forced-colours-{scheme}")

    def test_times_of_a_long_recording_are_written_alike(self):
        page = self.open()
        page.choose(tone("long.wav", 130), tone("long too.wav", 131))
        self.wait_for_rows(2)
        page.until(lambda: page.shows("transport"), what="the decoded sound")
        self.assertEqual(page.text("clock"), "0:00 / 2:10")
        self.assertEqual(page.all("#rows td.number")[1].text, "2:10.0")
        page.run("given[0].click()", page.all("#segments summary")[0])
        times = [cell.text for row in page.all("#segments tbody tr") for cell in row.find_elements("css selector", "td")[:2]]
        self.assertEqual((times[0], times[-1]), ("0:00.0", "2:10.0"))
        for time in times:
            self.assertRegex(time, r"^\d:\d\d\.\d$")
        page.run("given[0].value = 125; given[0].dispatchEvent(new Event('input'))", page.at("position"))
        self.assertRegex(page.text("caption"), r"^From 2:0\d\.\d to 2:0\d\.\d$")
        self.assertIn("Waveform of 2:10.0; loudest at ", page.at("waveform").get_attribute("aria-label"))

    def test_plays_from_a_click(self):
        page = self.open(healthy=True)
        self.open_example()
        self.play_slowly()
        canvas = page.at("timeline")
        page.run("given[0].scrollIntoView({ block: 'center' })", canvas)
        box = page.run("const { x, y, width, height } = given[0].getBoundingClientRect(); return [x, y, width, height]", canvas)
        at = {"x": box[0] + 72 + (box[2] - 86) / 2, "y": box[1] + 30, "button": "left", "clickCount": 1}
        page.command("Input.dispatchMouseEvent", type="mousePressed", **at)
        page.command("Input.dispatchMouseEvent", type="mouseReleased", **at)
        page.until(lambda: page.at("play").get_attribute("aria-label") == "Pause", what="playing")
        page.until(lambda: float(page.at("position").get_property("value")) > 5.8, what="the middle")
        self.assertTrue(page.text("caption").startswith("From "), page.text("caption"))
        self.assertIn("as an even choice among", page.text("certainty"))
        page.picture("playing-light")
        page.click("play")
        page.until(lambda: page.at("play").get_attribute("aria-label") == "Play")

    def test_format_that_only_the_browser_decodes(self):
        page = self.open(healthy=True)
        page.choose(HERE / "sentence.webm")
        self.wait_for_answer()
        if self.server:
            query, size, kind = self.server.requests[-1]
            self.assertEqual(kind, "audio/wav")

    def test_format_that_only_the_browser_decodes_is_decoded_once(self):
        page = self.open(healthy=True)
        self.count_decoding()
        page.choose(HERE / "sentence.webm")
        self.wait_for_answer()
        page.until(lambda: page.shows("transport"), what="the decoded sound")
        self.assertEqual(page.run("return decoded"), 1)

    def test_format_that_only_the_server_decodes(self):
        if not REAL:
            self.skipTest("the stand-in decodes WAV only")
        page = self.open(healthy=True)
        wav = speech("for-aiff.wav").read_bytes()
        rate = struct.pack(">hQ", 16383 + 14, int(22050 * 2**49))  # 22050 as an 80-bit float
        samples = b"".join(wav[i + 1:i + 2] + wav[i:i + 1] for i in range(44, len(wav) - 1, 2))
        comm = b"COMM" + struct.pack(">IhIh", 18, 1, len(samples) // 2, 16) + rate
        ssnd = b"SSND" + struct.pack(">III", len(samples) + 8, 0, 0) + samples
        page.choose(written("mac.aiff", b"FORM" + struct.pack(">I", 4 + len(comm) + len(ssnd)) + b"AIFF" + comm + ssnd))
        self.wait_for_answer()
        page.until(lambda: page.shows("no-picture"))
        page.picture("server-only-light")

    def test_format_that_no_browser_decodes(self):
        page = self.open(healthy=True)
        samples = speech("for-sphere.wav").read_bytes()[44:]
        fields = f"sample_count -i {len(samples) // 2}\nsample_n_bytes -i 2\nchannel_count -i 1\nsample_byte_format -s2 01\n" \
                 "sample_rate -i 22050\nsample_coding -s3 pcm\nend_head\n"
        page.choose(written("speech.sph", f"NIST_1A\n   1024\n{fields}".ljust(1024).encode() + samples))
        self.wait_for_answer()
        page.until(lambda: page.shows("no-picture"))
        self.assertFalse(page.shows("waveform"))
        self.assertIn("even choice among", page.text("certainty"))
        if self.server:
            self.assertEqual(self.server.requests[-1][1], 1024 + len(samples))

    def test_silence_in_the_middle(self):
        self.network_errors = True  # without a timeline it is refused
        page = self.open(healthy=True)
        # The second one is not opened: how long it is the page does not know before it is answered.
        page.choose(beeps("beeps.wav", 10), beeps("more beeps.wav", 12))
        self.wait_for_rows(2)
        self.assertEqual(page.all("#rows .failed"), [])
        self.assertEqual(page.text("caption"), "Sounds mostly like")
        self.assertTrue(page.shows("segments"))
        page.picture("silent-middle-light")

    def test_many_files(self):
        page = self.open(healthy=True)
        files = [speech(f"sentence {index}, “take”.wav", f"Sentence number {index}") for index in range(9)]
        files.append(written("broken.wav", b"RIFF\0\0\0\0WAVEfmt nonsense"))
        files.append(written("notes.txt", b"no sound at all"))
        files.append(silence("silent.wav", 2))
        self.network_errors = True  # the broken one is refused
        page.choose(*files)
        self.wait_for_rows(12)
        page.click("example")
        self.wait_for_rows(13)
        failed = {row.text for row in page.all("#rows tr") if row.find_elements("css selector", ".failed")}
        self.assertEqual(len(failed), 3, failed)
        self.assertEqual(page.text("list-state"), "13 recordings, 3 not classified")
        self.assertRegex(page.all("#rows tr")[12].text, r"(Fairly sure|[Uu]nsure), \d+% of the time")
        page.all("#rows button")[4].click()
        page.until(lambda: page.text("view-name") == files[4].name)
        self.assertEqual(page.all("#rows button")[4].get_attribute("aria-current"), "true")
        page.picture("many-light")
        page.size(375, 800, 2)
        page.picture("many-phone-light")
        for reason in page.all("#rows .reason"):
            self.assertLessEqual(page.run("return given[0].getBoundingClientRect().right", reason), 375)
        page.size(1280)
        page.prefer(color_scheme="dark")
        page.picture("many-dark")
        page.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        page.click("csv")
        # Chromium puts an empty file at the name first and the finished download in its place.
        page.until(lambda: any(file.stat().st_size for file in folder.glob("emotive-*.csv")), what="the CSV")
        with next(folder.glob("emotive-*.csv")).open(newline="", encoding="utf-8") as table:
            rows = list(csv.DictReader(table))
        self.assertEqual([row["file"] for row in rows], [file.name for file in files] + ["example.mp3"])
        self.assertGreater(int(rows[12]["windows"]), 10)
        for row in [rows[0], rows[12]]:
            self.assertTrue(0 < float(row["predictive_entropy"]) < 2.08, row)
            self.assertTrue(0 <= float(row["mutual_information"]) and 0 <= float(row["disagreement"]) <= 1, row)
        self.assertAlmostEqual(sum(float(rows[0][label]) for label in LABELS), 1, places=4)
        self.assertTrue(rows[9]["error"] and not rows[9]["label"])
        page.click("clear")
        page.until(lambda: not page.shows("list") and not page.shows("view"))

    def test_open_row_is_not_decoded_again(self):
        page = self.open(healthy=True)
        self.count_decoding()
        page.choose(speech("open.wav"), speech("other.wav", "Dogs are sitting by the door"))
        self.wait_for_rows(2)
        page.until(lambda: page.shows("transport"), what="the decoded sound")
        for row, times in [(0, 1), (0, 1), (1, 2), (0, 3)]:
            page.all("#rows .link")[row].click()
            page.until(lambda: page.shows("transport"), what="the decoded sound")
            self.assertEqual(page.run("return decoded"), times)

    def test_answers_to_hardly_any_sound_are_doubted(self):
        page = self.open()
        self.listen()
        page.choose(noise("noise.wav", 2))
        self.wait_for_answer()
        page.until(lambda: page.shows("quiet"))
        self.wait_until_said("This is very quiet: the answer means little")
        page.picture("very-quiet-light")
        page.choose(speech("loud.wav"))
        page.until(lambda: page.text("view-name") == "loud.wav" and page.shows("transport"))
        self.wait_for_answer()
        self.assertFalse(page.shows("quiet"))

    def test_no_speech(self):
        page = self.open(has_speech=False)
        self.listen()
        page.choose(tone("no speech.wav", 10), tone("no speech too.wav", 11))
        self.wait_for_rows(2)
        self.assertEqual([cell.text for cell in page.all("#rows tr")[0].find_elements("css selector", "td")], ["silence", "", "", "10.0 s"])
        self.wait_until_said(r"No speech was found in no speech\.wav\.")
        self.assertFalse(page.shows("quiet"))

    def test_csv_is_named_by_the_clock_on_the_wall(self):
        page = self.open()
        page.command("Emulation.setTimezoneOverride", timezoneId="Asia/Kathmandu")
        self.addCleanup(page.command, "Emulation.setTimezoneOverride", timezoneId="")
        now = lambda: datetime.datetime.now(zoneinfo.ZoneInfo("Asia/Kathmandu")).strftime("emotive-%Y%m%d-%H%M.csv")
        page.choose(speech("clock.wav"), speech("wall.wav"))
        self.wait_for_rows(2)
        before = now()
        named = page.run("""HTMLAnchorElement.prototype.click = function () { window.named = this.download; };
            document.getElementById("csv").click();
            return named""")
        self.assertIn(named, [before, now()])

    def test_drop(self):
        page = self.open(healthy=True)
        data = speech("dropped.wav").read_bytes()
        page.run("""const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(atob(given[0]), (letter) => letter.charCodeAt(0))], "dropped.wav"));
            dispatchEvent(new DragEvent("dragenter", { dataTransfer: transfer }));
            window.transfer = transfer""", base64.b64encode(data).decode())
        self.assertTrue(page.shows("drop"))
        page.picture("drop-light")
        page.run("dispatchEvent(new DragEvent('drop', { dataTransfer: window.transfer, cancelable: true }))")
        self.wait_for_answer()
        self.assertFalse(page.shows("drop"))
        self.assertEqual(page.text("view-name"), "dropped.wav")


class Keyboard(PageTest):
    def test_everything_by_keyboard(self):
        page = self.open(healthy=True)
        page.tab_to("example")
        page.press("Enter")
        page.until(lambda: page.shows("segments") and page.shows("transport"))
        self.play_slowly()
        page.tab_to("play")
        page.press(" ")
        page.until(lambda: page.at("play").get_attribute("aria-label") == "Pause")
        page.press(" ")
        page.tab_to("position")
        page.press("Home", *["ArrowRight"] * 20)
        self.assertAlmostEqual(float(page.at("position").get_property("value")), 2, delta=0.01)
        self.assertRegex(page.at("position").get_attribute("aria-valuetext"), r"^2\.0\ss of 11\.\d\ss, \w+$")
        page.picture("keyboard-light")
        page.press("Tab", "Enter")  # the table's summary
        page.until(lambda: page.all("#segments tbody button")[0].is_displayed())
        page.press("Tab")
        self.assertEqual(page.driver.switch_to.active_element.aria_role, "region")
        page.press("Tab", "Enter")
        page.until(lambda: page.at("play").get_attribute("aria-label") == "Pause", what="a segment that plays")
        page.picture("segments-light")

    def test_answers_are_spoken_once(self):
        page = self.open(healthy=True)
        self.listen()
        page.choose(speech("spoken.wav"))
        self.wait_until_said("spoken.wav sounds most like")
        page.choose(speech("spoken second.wav", "Dogs are sitting by the door"))
        self.wait_until_said("second.wav sounds most like")
        self.assertFalse([text for text in self.said() if "2 recordings" in text], "nothing is to be heard but the answer")
        page.choose(*[speech(f"spoken {index}.wav", f"Sentence number {index}") for index in [3, 4]])
        self.wait_until_said(r"Done: 4 recordings\.")
        self.wait_until_said("spoken 3.wav sounds most like")
        page.run("said.length = 0")
        page.all("#rows .link")[0].click()
        page.until(lambda: page.shows("transport") and self.said(), what="the decoded sound, and something said")
        time.sleep(0.5)
        self.assertEqual(len(self.said()), 1, self.said())

    def test_position_is_spoken_once_a_second(self):
        page = self.open(healthy=True)
        self.open_example()
        page.run("""window.texts = [];
            new MutationObserver((changes) => changes.forEach(({ oldValue }) => texts.push(oldValue)))
              .observe(given[0], { attributeFilter: ["aria-valuetext"], attributeOldValue: true });
            window.began = performance.now()""", page.at("position"))
        page.click("play")
        page.until(lambda: float(page.at("position").get_property("value")) > 2.5, what="two seconds and a half")
        took, texts = page.run("return [performance.now() - began, texts]")
        self.assertLessEqual(len(texts), took / 1000 + 2)
        self.assertEqual(len(set(texts)), len(texts))
        page.run("window.requestAnimationFrame = () => 0")  # where frames come late, the sound is ahead of the last
        time.sleep(0.5)
        page.click("play")
        page.until(lambda: page.at("play").get_attribute("aria-label") == "Play")
        shown = lambda: page.text("clock").split(" / ")[0]
        said = lambda: page.at("position").get_attribute("aria-valuetext").replace("\xa0", " ")
        page.until(lambda: said().startswith(shown()), what="where it has stopped")

    def test_accessibility_rules(self):
        if not AXE:
            self.skipTest("AXE names no copy of axe-core")
        page = self.open(healthy=True)
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        self.assertEqual(page.accessibility(AXE), [])
        page.choose(speech("first.wav"), speech("second.wav", "Dogs are sitting by the door"))
        self.wait_for_rows(2)
        page.click("example")
        self.wait_for_rows(3)
        for summary in page.all("summary"):
            if summary.is_displayed():
                summary.click()
        for theme in ["light", "dark"]:
            page.prefer(color_scheme=theme)
            page.until(lambda: page.run("return document.getAnimations().length") == 0, what="the end of transitions")
            self.assertEqual(page.accessibility(AXE), [], theme)


class LargeLetters(PageTest):
    letters = 32

    def test_pictures_grow_and_nothing_is_cut(self):
        page = self.open(healthy=True)
        self.open_example()
        page.choose(speech("large.wav"), speech("large too.wav"))
        self.wait_for_rows(3)
        page.all("#rows .link")[0].click()
        heights = lambda: [page.run("return given[0].offsetHeight", page.at(name))
                           for name in ["waveform", "spectrogram", "timeline"]]
        page.until(lambda: heights() == [168, 444, 380], what="pictures of twice the height")
        for width in [1280, 820, 375, 320]:
            page.size(width)
            page.until(lambda: page.run("return given[0].width <= given[1]", page.at("waveform"), width))
            self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), width)
            page.picture(f"large-letters-{width}-light")


class FakeMicrophone(PageTest):
    @classmethod
    def setUpClass(cls):
        sound = speech("microphone.wav", "Kids are talking by the door. I told you never to do that again!")
        cls.flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                     f"--use-file-for-fake-audio-capture={sound}")
        super().setUpClass()

    def test_record(self):
        page = self.open(healthy=True)
        page.click("record")
        page.until(lambda: page.text("verdict") >= "0:02", what="two seconds")
        self.assertEqual(page.text("record-text"), "Stop")
        page.picture("recording-light")
        page.click("record")
        self.wait_for_answer()
        self.assertRegex(page.text("view-name"), r"^recording \d\d\.\d\d\.\d\d\.wav$")
        self.assertNotIn("0.00 of full scale", page.at("waveform").get_attribute("aria-label"))
        page.picture("recorded-light")

    def test_recording_is_kept_when_files_come(self):
        page = self.open(healthy=True)
        page.choose(speech("before.wav"), speech("before too.wav"))
        self.wait_for_rows(2)
        page.click("record")
        page.until(lambda: page.text("record-text") == "Stop" and page.text("verdict") >= "0:01", what="a second")
        self.assertFalse(page.at("clear").is_enabled())
        page.choose(speech("during.wav"))
        self.wait_for_rows(4)
        self.assertEqual(page.text("record-text"), "Record")
        self.assertTrue(page.at("clear").is_enabled())
        names = [row.find_element("css selector", ".link").text for row in page.all("#rows tr")]
        self.assertRegex(names[2], r"^recording \d\d\.\d\d\.\d\d\.wav$")
        self.assertEqual(page.text("view-name"), "during.wav")
        self.assertEqual([bool(row.find_elements("css selector", ".keep")) for row in page.all("#rows tr")], [False, False, True, False])

    def test_recording_over_the_limit_is_sent_at_a_lower_rate_and_can_be_saved(self):
        page = self.open(body_bytes=150_000)
        # However late the test stops it, what was heard fits.
        page.run("""const { Microphone } = await import("./microphone.js");
            const { last } = Microphone.prototype;
            Microphone.prototype.last = function (seconds) { return last.call(this, Math.min(seconds, 4)); }""")
        page.click("record")
        page.until(lambda: page.text("verdict") >= "0:02", what="two seconds")
        page.click("record")
        self.wait_for_answer()
        query, size, kind = self.server.requests[-1]
        self.assertTrue(75_000 < size <= 150_000 and kind == "audio/wav", (size, kind))
        page.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        page.click("save")
        page.until(lambda: any(file.stat().st_size for file in folder.glob("recording*.wav")), what="the saved recording")
        with wave.open(str(next(folder.glob("recording*.wav")))) as sound:
            self.assertGreater(sound.getframerate(), 40_000)
            self.assertGreater(sound.getnframes() / sound.getframerate(), 2)
        page.picture("recorded-save-light")

    def test_recording_that_cannot_be_sent_can_be_saved(self):
        page = self.open(body_bytes=20_000)
        page.click("record")
        page.until(lambda: page.text("verdict") >= "0:02", what="two seconds")
        page.click("record")
        page.until(lambda: page.text("caption") == "The recording is too big")
        self.assertTrue(page.shows("save"))

    def test_record_by_keyboard(self):
        page = self.open(healthy=True)
        page.tab_to("record")
        page.press("Enter")
        page.until(lambda: page.text("verdict") >= "0:01", what="a second")
        page.press(" ")
        self.wait_for_answer()

    def test_live(self):
        page = self.open(healthy=True)
        page.click("live")
        page.until(lambda: page.text("caption").startswith("The last 3 seconds") and page.all("#bars li"), what="a live answer")
        if self.server:
            page.until(lambda: len(self.server.requests) > 4, what="more questions")
        else:
            time.sleep(5)
        page.picture("live-light")
        page.prefer(color_scheme="dark", reduced_motion="reduce")
        page.size(375, 800, 2)
        page.picture("live-phone-dark")
        page.click("live")
        page.until(lambda: page.text("caption") == "Sounds mostly like", what="the answer to the whole")
        if self.server:
            live = [size for query, size, _ in self.server.requests if "timeline" not in query]
            self.assertLess(max(live), 3.1 * 2 * 48_000)

    def test_asks_before_a_recording_is_lost(self):
        page = self.open()
        is_kept_back = lambda: page.run("""const event = new Event("beforeunload", { cancelable: true });
            dispatchEvent(event);
            return event.defaultPrevented""")
        page.choose(speech("not lost.wav"))
        self.wait_for_answer()
        self.assertFalse(is_kept_back())
        page.click("record")
        page.until(lambda: page.text("record-text") == "Stop" and page.text("verdict") >= "0:01", what="a second")
        self.assertTrue(is_kept_back())
        page.click("record")
        self.wait_for_rows(2)
        self.assertTrue(is_kept_back())
        page.click("clear")
        question = page.driver.switch_to.alert
        self.assertIn("A recording from the microphone was not saved", question.text)
        question.dismiss()
        self.assertEqual(len(page.all("#rows tr")), 2)
        page.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder / "kept"))
        page.all("#rows .keep")[0].click()
        self.assertFalse(is_kept_back())
        page.click("clear")
        page.until(lambda: not page.shows("list") and not page.shows("view"))

    def test_clears_all_the_same(self):
        page = self.open()
        for count in [1, 2]:
            page.click("record")
            page.until(lambda: page.text("record-text") == "Stop" and page.text("verdict") >= "0:01", what="a second")
            page.click("record")
            page.until(lambda: len(page.all("#rows tr")) == count and not page.shows("progress"))
        page.click("clear")
        self.assertIn("2 recordings from the microphone were not saved", page.driver.switch_to.alert.text)
        page.driver.switch_to.alert.accept()
        page.until(lambda: not page.shows("list") and not page.shows("view"))

    def test_tells_screen_readers_that_it_hears(self):
        page = self.open(healthy=True)
        self.listen()
        for time in ["first", "second"]:
            page.run("said.length = 0")
            page.click("record")
            self.wait_until_said(r"Recording\. Press Stop when you have spoken\.")
            page.until(lambda: page.text("verdict") >= "0:01", what="a second")
            page.click("record")
            self.wait_until_said("^recording .* sounds most like")
        page.run("said.length = 0")
        page.click("live")
        self.wait_until_said(r"Live\. Press Stop live when you have spoken: the last minute is kept\.")
        page.until(lambda: page.text("caption").startswith("The last 3 seconds") and page.all("#bars li"), what="a live answer")
        page.click("live")

    def test_sound_that_stops_coming(self):
        page = self.open(healthy=True)
        page.run("""const { resume } = AudioContext.prototype;
            window.resumed = 0;
            AudioContext.prototype.resume = function () {
              window.context = this;
              resumed += 1;
              return window.isStuck ? Promise.resolve() : resume.call(this);
            }""")
        page.click("record")
        page.until(lambda: page.text("verdict") >= "0:01", what="a second")
        before = page.run("await context.suspend(); return document.getElementById('verdict').textContent")
        page.until(lambda: page.text("verdict") > before and page.run("return resumed") > 1, what="sound that goes on")
        self.assertFalse(page.shows("notice"))
        resumed = page.run("window.isStuck = true; await context.suspend(); return resumed")
        self.wait_for_notice("The microphone went away")
        self.assertEqual(page.text("notice-text"), "What it heard until then was kept.")
        self.assertEqual(page.run("return resumed"), resumed + 1)
        self.assertEqual(page.text("record-text"), "Record")
        self.wait_for_answer()
        page.picture("sound-stopped-light")

    def test_live_asks_nothing_twice(self):
        page = self.open()
        page.run("""const { resume } = AudioContext.prototype;
            AudioContext.prototype.resume = function () {
              if (window.context) return Promise.resolve();
              window.context = this;
              return resume.call(this);
            }""")
        page.click("live")
        page.until(lambda: page.all("#bars li"), what="a live answer")
        live = lambda: [size for query, size, _ in self.server.requests if "timeline" not in query]
        page.run("await context.suspend()")
        before = len(live())
        self.wait_for_notice("The microphone went away")
        # One that was on its way, and one of the sound since.
        self.assertLessEqual(len(live()), before + 2)

    def test_microphone_that_ends_while_it_is_opened(self):
        page = self.open()
        page.run("""const { mediaDevices } = navigator;
            const lend = mediaDevices.getUserMedia.bind(mediaDevices);
            mediaDevices.getUserMedia = async (wanted) => (window.stream = await lend(wanted));
            const { resume } = AudioContext.prototype;
            AudioContext.prototype.resume = function () {
              stream.getTracks()[0].stop();
              stream.getTracks()[0].dispatchEvent(new Event("ended"));
              return resume.call(this);
            }""")
        page.click("record")
        self.wait_for_notice("The microphone went away")
        self.assertEqual(page.text("record-text"), "Record")
        self.assertFalse(page.shows("view"))

    def test_muted_microphone(self):
        page = self.open()
        page.click("record")
        page.until(lambda: page.text("verdict") >= "0:01", what="a second")
        page.run("Object.defineProperty(MediaStreamTrack.prototype, 'muted', { get: () => true })")
        page.until(lambda: "muted" in page.text("view-facts"))
        page.click("record")

    def test_stops_at_the_limit_and_says_so(self):
        page = self.open(duration=2)
        self.listen("[aria-live], [role=status], #certainty")
        page.click("record")
        self.wait_until_said("stops by itself after 0:02")
        self.wait_for_answer()
        note = "Stopped after 0:02, the longest that this server takes."
        page.until(lambda: page.text("view-facts") == note, what="why it has stopped")
        self.assertTrue(any(note in text for text in self.said()), self.said())
        page.picture("limit-light")

    def test_live_says_what_it_keeps(self):
        page = self.open()
        page.run("""const { Microphone } = await import("./microphone.js");
            Object.defineProperty(Microphone.prototype, "heard", { get() { return this.duration + 5; } })""")
        page.choose(speech("before live.wav"))
        self.wait_for_answer()
        page.click("live")
        page.until(lambda: page.all("#bars li") and page.text("caption").startswith("The last 3 seconds"), what="a live answer")
        self.assertIn("when you stop, the last minute is kept", page.text("view-facts"))
        page.click("live")
        self.wait_for_rows(2)
        page.until(lambda: page.text("view-facts") == "The last minute of it.")
        self.assertIn("The last minute of it.", page.all("#rows tr")[1].text)

    def test_live_shows_old_answers_as_old(self):
        self.network_errors = True
        page = self.open()
        page.run("""const { mediaDevices } = navigator;
            const lend = mediaDevices.getUserMedia.bind(mediaDevices);
            mediaDevices.getUserMedia = async (wanted) => (window.stream = await lend(wanted))""")
        page.click("live")
        is_new = lambda: page.text("caption").startswith("The last 3 seconds") and not page.all(".old")
        is_old = lambda: page.text("caption") == "A moment ago it sounded most like" and page.all(".old")
        page.until(lambda: page.all("#bars li") and is_new(), what="a live answer")
        page.run("stream.getTracks()[0].enabled = false")
        page.until(is_old, what="quiet")
        self.assertIn("It is quiet", page.text("view-facts"))
        page.picture("live-old-light")
        page.run("stream.getTracks()[0].enabled = true")
        page.until(is_new, what="a new answer")
        self.server.busy = 4  # with one more live mode gives up
        page.until(lambda: is_old() and page.text("server-state") == "The server is busy", what="a busy server")
        page.until(lambda: is_new() and page.text("server-state") == "emotive-1 is ready", what="one that is free again")
        page.click("live")

    def test_live_leaves_time_for_other_work(self):
        page = self.open()
        page.run("""window.times = [];
            const Real = OffscreenCanvas;
            window.OffscreenCanvas = class extends Real {
              constructor(...size) {
                super(...size);
                times.push(performance.now());
                while (performance.now() - times.at(-1) < 300);
              }
            }""")
        page.click("live")
        page.until(lambda: len(page.run("return times")) > 8, what="some pictures", seconds=120)
        page.click("live")
        times = page.run("return times")[3:8]
        self.assertGreater(min(b - a for a, b in zip(times, times[1:])), 800)

    def test_says_in_sight_that_the_microphone_is_to_be_stopped_first(self):
        page = self.open()
        page.choose(*[tone(f"row {index}.wav", 1) for index in range(25)])
        self.wait_for_rows(25)
        page.click("record")
        page.until(lambda: page.text("record-text") == "Stop")
        page.run("given[0].scrollIntoView({ block: 'end' })", page.at("list"))
        page.all("#rows .link")[20].click()
        page.until(lambda: page.text("status") == "Stop the microphone first.")
        self.check_in_sight("status")
        page.click("record")

    def test_live_drops_what_a_slow_server_cannot_take(self):
        page = self.open(delay=2.5)
        page.click("live")
        page.until(lambda: "slower than the sound" in page.text("view-facts"))
        before, began = len(self.server.requests), time.monotonic()
        time.sleep(5)
        after, took = len(self.server.requests), time.monotonic() - began
        self.assertLessEqual(after - before, took / 2.5 + 1)
        page.click("live")

    def test_live_outlasts_a_busy_server(self):
        self.network_errors = True
        page = self.open(busy=2)
        self.listen("#view-facts")
        page.click("live")
        self.wait_until_said("waiting for it")
        page.until(lambda: page.all("#bars li"), what="an answer after all")
        page.click("live")

    def test_microphone_that_goes_away(self):
        for seconds, kept in [(2, "What it heard until then was kept."), (0, "Until then it had heard next to nothing.")]:
            page = self.open()
            page.run("""const { mediaDevices } = navigator;
                const lend = mediaDevices.getUserMedia.bind(mediaDevices);
                mediaDevices.getUserMedia = async (wanted) => (window.stream = await lend(wanted));
                window.goAway = () => stream.getTracks()[0].dispatchEvent(new Event("ended"))""")
            if seconds:
                page.click("record")
                page.until(lambda: page.text("verdict") >= f"0:0{seconds}", what="two seconds")
                page.run("goAway()")
            else:
                page.run("""const { Microphone } = await import("./microphone.js");
                    Microphone.prototype.last = () => new Float32Array(100)""")
                page.click("record")
                page.until(lambda: page.text("record-text") == "Stop")
                page.run("goAway()")
            self.wait_for_notice("The microphone went away")
            self.assertEqual(page.text("notice-text"), kept)
            self.assertEqual(page.run("return stream.getTracks()[0].readyState"), "ended")

    def test_live_gives_up_when_the_server_is_gone(self):
        self.network_errors = True
        page = self.open()
        page.click("live")
        page.until(lambda: page.all("#bars li"))
        self.server.go_away()
        self.wait_for_notice("The server does not answer")
        self.assertEqual(page.text("live"), "Live")
        page.picture("live-gone-light")


class BlockedMicrophone(PageTest):
    blocks_microphone = True
    flags = ("--use-fake-device-for-media-stream",)

    def test_says_how_to_allow_it(self):
        page = self.open()
        page.click("record")
        self.wait_for_notice("The microphone is blocked")
        self.assertTrue(page.at("record").is_enabled())
        self.assertIn("You can still choose a recording.", page.text("notice-text"))
        page.picture("blocked-light")
        page.click("notice-close")
        self.assertFalse(page.shows("notice"))


class NoMicrophone(PageTest):
    flags = ("--use-fake-ui-for-media-stream",)

    def test_says_that_there_is_none(self):
        page = self.open()
        page.click("live")
        self.wait_for_notice("No microphone was found")


class Faults(PageTest):
    network_errors = True

    def test_broken_file(self):
        page = self.open()
        page.choose(written("broken.mp4", b"\0\0\0\x20ftypisom" + bytes(range(200)) * 20))
        page.until(lambda: page.text("caption") == "Not a recording that can be read")
        self.assertIn("broken.mp4", page.text("certainty"))
        page.picture("broken-light")

    def test_empty_file(self):
        page = self.open()
        page.choose(written("empty.wav", b""))
        page.until(lambda: page.text("caption") == "The file is empty")

    def test_browser_of_some_years_ago(self):
        added = self.browser.command("Page.addScriptToEvaluateOnNewDocument",
                                     source="delete AbortSignal.any; delete AbortSignal.timeout")
        self.addCleanup(self.browser.command, "Page.removeScriptToEvaluateOnNewDocument", **added)
        page = self.open()
        page.choose(speech("years ago.wav"))
        self.wait_for_answer()
        self.assertEqual(page.text("server-state"), "emotive-1 is ready")

    def test_only_a_server_that_is_gone_is_called_gone(self):
        page = self.open()
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        for answer, caption in [("throw new RangeError('unforeseen')", "This page has failed"),
                                ("return new Response('<!doctype html>')", "The answer cannot be read")]:
            page.run(f"window.fetch = async () => {{ {answer} }}")
            page.choose(speech("not gone.wav"))
            page.until(lambda: page.text("caption") == caption, what=caption)
            self.assertEqual(page.at("server-state").get_attribute("data-state"), "ready")
        self.assertIn("unforeseen", page.complaints()[0])

    def test_answer_that_takes_too_long(self):
        page = self.open(turns=threading.Semaphore(0))
        slow, stopped = page.run("""const { classify } = await import("./api.js");
            const slow = await classify(new Blob(["x"]), { patience: 100 }).catch(({ kind }) => kind);
            const stop = new AbortController();
            const answer = classify(new Blob(["x"]), { signal: stop.signal }).catch(({ name }) => name);
            stop.abort();
            return [slow, await answer]""")
        self.assertEqual((slow, stopped), ("slow", "AbortError"))

    def test_says_what_is_wrong_with_a_file_in_plain_words(self):
        page = self.open()
        self.listen()
        for file, caption, detail in [
            (written("nonsense.wav", b"RIFF\0\0\0\0WAVEfmt nonsense"), "Not a recording that can be read", "nonsense.wav is damaged, or"),
            (silence("nothing.wav", 2), "The recording is silent", "nothing.wav holds no sound at all."),
            (silence("nothing long.wav", 10), "The recording is silent", "nothing long.wav holds no sound at all."),
            (tone("blip.wav", 0.02), "The recording is too short", "blip.wav is too short for an answer."),
        ]:
            page.run("said.length = 0")
            page.choose(file)
            page.until(lambda: page.text("view-name") == file.name and page.text("caption") == caption, what=caption)
            self.assertIn(detail, page.text("certainty"))
            self.wait_until_said(re.escape(detail))
            page.until(lambda: page.shows("transport") or page.text("view-name") == "nonsense.wav", what="the decoded sound")
            time.sleep(0.3)
            self.assertEqual(sum(text.count(file.name) for text in self.said()), 1, self.said())

    def test_bundle_of_the_same_name_with_other_labels(self):
        page = self.open()
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        self.server.labels = ["glad", "bored"]
        page.choose(speech("relabelled.wav"))
        page.until(lambda: page.text("verdict").startswith(("glad", "bored")), what="an answer")
        self.assertEqual([row.get_attribute("data-label") for row in page.all("#bars li")], ["glad", "bored"])
        self.assertIn("2 emotions apart: glad, bored.", page.text("model-taught"))
        shares = [int(row.text.split()[-1].strip("<%")) for row in page.all("#bars li")]
        self.assertAlmostEqual(sum(shares), 100, delta=1)

    def test_folder(self):
        page = self.open()
        page.run("""const file = new File([], "folder");
            Object.defineProperty(file, "size", { value: 4096 });
            file.slice = () => ({ arrayBuffer: async () => { throw new DOMException("gone", "NotFoundError"); } });
            const transfer = { types: ["Files"], files: [file] };
            const event = new Event("drop", { cancelable: true });
            Object.defineProperty(event, "dataTransfer", { value: transfer });
            dispatchEvent(event)""")
        page.until(lambda: page.text("caption") == "The file cannot be read")

    def test_too_long(self):
        page = self.open(body_bytes=1 << 20)
        page.choose(silence("hour.wav", 3600))
        page.until(lambda: page.text("caption") == "The recording is too long")
        self.assertIn("60:00", page.text("certainty"))
        self.assertEqual(self.server.requests, [])

    def test_too_big_is_made_smaller_first(self):
        page = self.open(body_bytes=300_000)
        page.choose(speech("stereo.wav", "Kids are talking by the door"))
        self.wait_for_answer()
        page.choose(silence("minute.wav", 60))
        page.until(lambda: page.text("caption") == "The recording is too big")

    def test_busy_server_is_asked_again(self):
        page = self.open(busy=2)
        self.listen()
        page.choose(speech("busy.wav"))
        self.wait_until_said(r"busy: asking again in 1 s \(2 of 4\)")
        page.picture("busy-light")
        self.wait_for_answer()
        self.assertEqual(page.text("status"), "")
        self.assertEqual(len(self.server.requests), 3)

    def test_busy_server_is_not_asked_for_ever(self):
        page = self.open(busy=1000)
        page.choose(speech("busy.wav"))
        self.wait_for_notice("The server is busy")
        self.assertEqual(len(self.server.requests), 4)
        self.server.busy = 0
        page.click("notice-again")
        self.wait_for_answer()

    def test_server_gone_and_back(self):
        page = self.open()
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        port = self.server.server_port
        self.server.go_away()
        page.choose(*[speech(f"gone {index}.wav") for index in range(3)])
        self.wait_for_notice("The server does not answer")
        self.assertEqual(page.at("server-state").get_attribute("data-state"), "gone")
        page.picture("gone-light")
        page.prefer(color_scheme="dark")
        page.size(375, 800, 2)
        page.picture("gone-phone-dark")
        back = StandIn(port)
        self.addCleanup(back.go_away)
        page.click("notice-again")
        self.wait_for_rows(3)
        self.wait_for_answer()
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        page.until(lambda: page.shows("waveform"), what="pictures, which could not be drawn before")

    def test_notice_is_in_sight_in_a_long_list(self):
        page = self.open(turns=threading.Semaphore(0))
        page.choose(*[tone(f"long list {index}.wav", 1) for index in range(25)])
        page.until(lambda: self.server.requests)
        page.run("given[0].scrollIntoView({ block: 'end' })", page.at("list"))
        self.server.go_away()
        self.wait_for_notice("The server does not answer")
        self.check_in_sight("notice")
        page.picture("notice-long-list-light")

    def test_server_back_after_the_notice_was_dismissed(self):
        page = self.open()
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        self.server.go_away()
        page.choose(speech("dismissed.wav"))
        self.wait_for_notice("The server does not answer")
        page.click("notice-close")
        self.addCleanup(StandIn(self.server.server_port).go_away)
        page.choose(*[speech(f"back {index}.wav", f"Sentence number {index}") for index in range(3)])
        self.wait_for_rows(4)
        self.assertEqual(page.text("list-state"), "4 recordings")

    def test_server_still_gone(self):
        page = self.open()
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        self.server.go_away()
        page.choose(speech("gone.wav"), speech("gone too.wav"))
        for _ in range(3):
            self.wait_for_notice("The server does not answer")
            page.click("notice-again")
        self.wait_for_notice("The server does not answer")
        self.addCleanup(StandIn(self.server.server_port).go_away)
        page.click("notice-again")
        self.wait_for_rows(2)
        self.assertEqual(page.text("list-state"), "2 recordings")

    def test_answer_takes_no_other_message_away(self):
        page = self.open(busy=1)
        page.run("""const { say } = await import("./notices.js");
            const place = document.getElementById("status");
            new MutationObserver(() => place.textContent.includes("asking again") && say("Asking for the microphone …"))
              .observe(place, { childList: true })""")
        page.choose(speech("message.wav"), speech("another message.wav"))
        self.wait_for_rows(2)
        self.assertEqual(page.text("status"), "Asking for the microphone …")

    def test_token(self):
        page = self.open(token="open-sesame")
        page.until(lambda: page.shows("token"))
        page.picture("token-light")
        for text in ["sésame", "open sesame", "“open-sesame”"]:
            page.at("token-value").send_keys(f"{text}\n")
            page.until(lambda: "not a token" in page.text("token-text"))
            page.at("token-value").clear()
        self.assertIsNone(page.run("return sessionStorage.getItem('token')"))
        page.at("token-value").send_keys("wrong\n")
        page.until(lambda: "not the right token" in page.text("token-text"))
        self.assertIsNone(page.run("return sessionStorage.getItem('token')"))
        page.at("token-value").send_keys("open-sesame\n")
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready")
        page.choose(speech("token.wav"))
        self.wait_for_answer()
        page.driver.refresh()
        page.until(lambda: page.at("server-state").get_attribute("data-state") == "ready", what="the token kept in the tab")
        self.assertFalse(page.shows("token"))

    def test_token_refused(self):
        page = self.open(token="open-sesame")
        page.until(lambda: page.shows("token"))
        page.press("Escape")
        self.wait_for_notice("No token, no answer")
        page.choose(speech("locked.wav"))
        page.until(lambda: page.shows("token"))
        page.press("Escape")
        self.wait_for_notice("No token, no answer")
        page.click("notice-again")
        page.until(lambda: page.shows("token"))
        page.at("token-value").send_keys("open-sesame\n")
        self.wait_for_answer()
        page.until(lambda: page.shows("transport"), what="the decoded sound")
        self.assertFalse(page.shows("no-picture"))

    def test_long_recording_is_not_decoded_where_the_limits_are_not_known(self):
        page = self.open(token="open-sesame")
        self.count_decoding()
        # However long it takes to read how long the recording is.
        page.run("""const { setTimeout } = window;
            window.setTimeout = (next, pause) => setTimeout(next, pause === 3000 ? 60_000 : pause)""")
        page.until(lambda: page.shows("token"))
        page.press("Escape")
        self.wait_for_notice("No token, no answer")
        page.choose(silence("film.wav", 1200))
        page.until(lambda: page.shows("token"))
        page.press("Escape")
        page.until(lambda: "empty" not in page.at("plots").get_attribute("class"), what="what the browser makes of it")
        self.assertEqual(page.run("return decoded"), 0)

    def test_stop_and_clear_while_it_works(self):
        page = self.open(turns=threading.Semaphore(2))
        page.choose(*[speech(f"slow {index}.wav") for index in range(6)])
        page.until(lambda: page.text("list-state").startswith("2 of 6") and len(self.server.requests) == 4)
        page.picture("progress-light")
        page.click("stop")
        page.until(lambda: page.text("list-state") == "6 recordings, 4 not classified")
        time.sleep(2)
        self.assertEqual(len(self.server.requests), 4)
        self.assertEqual(page.run("return document.activeElement.id"), "csv")

    def test_other_bundle(self):
        page = self.open(bundles=["emotive-1", "other"])
        page.choose(*[speech(f"bundle {index}.wav", f"Sentence number {index}") for index in range(4)])
        self.wait_for_rows(4)
        page.all("#rows .link")[3].click()
        page.until(lambda: page.text("view-name") == "bundle 3.wav" and page.shows("transport"))
        before = page.text("bars")
        self.server.turns = threading.Semaphore(0)
        page.run("given[0].value = 'other'; given[0].dispatchEvent(new Event('change'))", page.at("bundle"))
        page.until(lambda: page.text("caption") == "Listening …" and not page.all("#bars li"))
        self.assertEqual(page.text("server-state"), "other is ready")
        page.until(lambda: len(self.server.requests) == 6, what="two questions at a time")
        self.assertEqual([query["bundle"] for query, _, _ in self.server.requests[4:]], ["other", "other"])
        self.server.turns.release(2)
        page.until(lambda: page.text("caption") == "Sounds most like", what="the open one's answer, among the first two")
        page.until(lambda: page.text("list-state") == "2 of 4 done")
        self.server.turns.release(2)
        self.assertNotEqual(page.text("bars"), before)
        page.picture("bundles-light")
        self.wait_for_rows(4)

    def test_bundle_that_is_gone(self):
        page = self.open(bundles=["emotive-1", "emotive-4, adapted+"])
        page.until(lambda: page.shows("bundle"))
        page.run("given[0].value = 'emotive-4, adapted+'; given[0].dispatchEvent(new Event('change'))", page.at("bundle"))
        page.choose(speech("adapted.wav"))
        self.wait_for_answer()
        self.assertEqual(self.server.requests[-1][0]["bundle"], "emotive-4, adapted+")
        self.server.bundles = ["new", "newer"]
        page.choose(speech("gone.wav"))
        self.wait_for_rows(2)
        self.assertEqual([query["bundle"] for query, _, _ in self.server.requests[-2:]], ["emotive-4, adapted+", "new"])
        self.assertEqual(page.text("server-state"), "new is ready")
        self.assertEqual([option.text for option in page.all("#bundle option")], ["new", "newer"])


class Numbers(PageTest):
    def test_spectrogram_finds_a_tone(self):
        page = self.open()
        found = page.run("""const { spectrogram, mel } = await import("./spectrum.js");
            const rate = 32000, rows = 300, columns = 20;
            return [200, 1000, 6000].map((tone) => {
              const samples = Float32Array.from({ length: rate }, (_, index) => 0.5 * Math.sin(2 * Math.PI * tone * index / rate));
              const levels = spectrogram({ samples, rate }, { start: 0, end: 1, columns, rows });
              const column = Array.from({ length: rows }, (_, row) => levels[row * columns + 10]);
              const row = column.indexOf(Math.max(...column));
              return 700 * (10 ** (mel(rate / 2) * (rows - row - 0.5) / rows / 2595) - 1);
            })""")
        for tone, frequency in zip([200, 1000, 6000], found):
            self.assertAlmostEqual(frequency, tone, delta=max(20, tone * 0.02))

    def test_wav_round_trip(self):
        page = self.open()
        error = page.run("""const { decode, encodeWav, level } = await import("./sound.js");
            const samples = Float32Array.from({ length: 32000 }, (_, index) => Math.sin(index / 7));
            if (Math.abs(level(samples) + 3.01) > 0.02) throw new Error(`level ${level(samples)}`);
            const back = await decode(encodeWav(samples, 32000));
            if (back.rate !== 32000 || back.samples.length !== 32000) throw new Error("length");
            return Math.max(...samples.map((sample, index) => Math.abs(sample - back.samples[index])))""")
        self.assertLess(error, 2 / 32768)

    def test_waiting_ends_with_its_signal(self):
        page = self.open()
        took, listeners = page.run("""const { wait } = await import("./dom.js");
            const { signal } = new AbortController();
            let listeners = 0;
            for (const [name, change] of [["addEventListener", 1], ["removeEventListener", -1]]) {
              const real = signal[name].bind(signal);
              signal[name] = (...given) => { listeners += change; real(...given); };
            }
            await wait(1, signal);
            const began = performance.now();
            const gone = new AbortController();
            gone.abort();
            const ended = await wait(5000, gone.signal).catch(() => "ended");
            return [ended === "ended" ? performance.now() - began : Infinity, listeners]""")
        self.assertEqual(listeners, 0)
        self.assertLess(took, 5000)

    def test_ten_minutes_from_a_microphone_fit(self):
        page = self.open()
        size, rate = page.run("""const { bodyFor, encodeWav } = await import("./sound.js");
            const file = new File([encodeWav(new Float32Array(600 * 48000), 48000)], "recording.wav");
            const body = await bodyFor(file, { maximum_body: 25 << 20, maximum_duration: 600 });
            return [body.size, new DataView(await body.slice(24, 28).arrayBuffer()).getUint32(0, true)]""")
        self.assertEqual((size, rate), (44 + 2 * 600 * 21_000, 21_000))

    def test_pictures_are_computed_once(self):
        page = self.open()
        first, again, wider = page.run("""const { draw } = await import("./plots.js");
            document.getElementById("view").hidden = false;
            const samples = Float32Array.from({ length: 32000 }, (_, index) => Math.sin(index / 7));
            let reads = 0;
            const sound = { rate: 32000, duration: 1, get samples() { reads += 1; return samples; } };
            const view = { sound, span: { start: 0, end: 1 }, heard: null, timeline: null, labels: [], isLive: false };
            const drawn = (view) => { reads = 0; draw(view); return reads; };
            const counts = [drawn(view), drawn({ ...view, heard: { start: 0.2, end: 0.8 } })];
            document.getElementById("plots").style.width = "300px";
            return [...counts, drawn(view)]""")
        self.assertGreater(first, 0)
        self.assertEqual(again, 0, "the answer's dashed lines need nothing of the sound")
        self.assertGreater(wider, 0)

    def test_times(self):
        page = self.open()
        written = page.run("""const { exactTime } = await import("./dom.js");
            return [[9.96, 10], [59.96, 120], [292.5, 590], [599.99, 600]].map((given) => exactTime(...given).replace(/\\s/g, " "))""")
        self.assertEqual(written, ["10.0 s", "1:00.0", "4:52.5", "10:00.0"])

    def test_colours_are_even_without_hue(self):
        page = self.open()
        for theme in ["light", "dark"]:
            lightness = page.run("""const { colours } = await import("./spectrum.js");
                const bytes = new Uint8Array(colours(given[0]).buffer);
                const linear = (value) => (value / 255) ** 2.2;
                return Array.from({ length: 256 }, (_, index) =>
                  0.2126 * linear(bytes[4 * index]) + 0.7152 * linear(bytes[4 * index + 1]) + 0.0722 * linear(bytes[4 * index + 2]))""", theme)
            ordered = sorted(lightness, reverse=theme == "light")
            self.assertEqual(lightness, ordered, f"the lightness of the {theme} ramp turns back")


def load_tests(loader, classes, pattern):
    tests = [test for tests in classes for test in tests]
    return unittest.TestSuite(tests[PART[0] - 1::PART[1]])


def take(option):
    """Takes an option and its value from the command line; None where it is not there."""
    if option not in sys.argv:
        return None
    at = sys.argv.index(option)
    value = sys.argv[at + 1]
    del sys.argv[at:at + 2]
    return value


if __name__ == "__main__":
    REAL = take("--server")
    PART = tuple(map(int, (take("--part") or "1/1").split("/")))
    if not (PAGE / "index.html").is_file():
        sys.exit(f"{PAGE} holds no page.")
    unittest.main(verbosity=2)

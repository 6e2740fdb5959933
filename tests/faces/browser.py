"""A headless Chromium that is told what to do over a pipe (its DevTools protocol), and what it finds wrong with a page's layout."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--headless", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--force-device-scale-factor=1", "--remote-debugging-pipe")
PHONE, DESK = 360, 1280      # px
SMALLEST = 9.0               # px of the letters of a picture on a phone, where it can be enlarged
SMALLEST_AT_DESK = 10.0
LAYOUT = """(() => {
  const wide = document.documentElement.clientWidth, found = [];
  const told = e => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? '.' + e.className : '') + ' '
    + (e.textContent || '').trim().replace(/\\s+/g, ' ').slice(0, 40);
  const letters = g => { const m = (g.querySelector('[transform*="scale"]') || g).getScreenCTM(); return 100 * Math.hypot(m.a, m.b); };
  const scrolls = e => { for (let p = e; p && p !== document.body; p = p.parentElement)
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return true; return false; };
  if (document.documentElement.scrollWidth > wide) found.push('scrolls sideways: ' + document.documentElement.scrollWidth + ' px');
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg') && e.tagName !== 'svg' || !e.checkVisibility({contentVisibilityAuto: true})) continue;
    const box = e.getBoundingClientRect();
    if (box.width > 1 && box.right > wide + 1 && !scrolls(e.parentElement)) found.push('reaches beyond the window: ' + told(e));
    if (e.children.length === 0 && e.textContent.trim() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth && !scrolls(e))
      found.push('is wider than its place: ' + told(e));
  }
  for (const svg of document.querySelectorAll('svg')) {
    if (!svg.checkVisibility({contentVisibilityAuto: true})) continue;
    const around = svg.closest('[role=img]') || svg, whole = svg.getBoundingClientRect();
    const name = around.getAttribute('aria-label') || (document.getElementById(around.getAttribute('aria-labelledby'))
      || {}).textContent || '';
    const texts = [...svg.querySelectorAll('g[id*="text_"]')].map(g => ({box: g.getBoundingClientRect(),
      size: letters(g)})).filter(t => t.box.width > 0);
    const small = Math.min(...texts.map(t => t.size));
    if (small < LIMIT) found.push('letters of ' + small.toFixed(1) + ' px: ' + name.slice(0, 60));
    for (const {box} of texts) if (box.left < whole.left - 1 || box.right > whole.right + 1 || box.top < whole.top - 1
      || box.bottom > whole.bottom + 1) found.push('text beyond its picture: ' + name.slice(0, 60));
  }
  return [...new Set(found)];
})()"""
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
HIDDEN_ON_PAPER = """[...document.querySelectorAll('details > *:not(summary)')].filter(e => e.parentElement.getClientRects().length &&
  (!e.checkVisibility({contentVisibilityAuto: true}) || !e.getClientRects().length))
  .map(e => 'not on paper: ' + e.textContent.trim().replace(/\\s+/g, ' ').slice(0, 40))"""


def executable() -> str | None:
    """Where Chromium is, or None; EPSOM_CHROMIUM names another one."""
    return os.environ.get("EPSOM_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, program: str):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_it, self.write = os.pipe()
        self.read, from_it = os.pipe()
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        given = [program, *FLAGS, *sandbox, f"--user-data-dir={self.folder.name}", "about:blank"]
        renumbered = f'exec 8<&{to_it} 9>&{from_it}; exec "$0" "$@" 3<&8 4>&9'        # it reads its third file and writes to its fourth
        self.process = subprocess.Popen(["bash", "-c", renumbered, *given], pass_fds=(to_it, from_it), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_it)
        os.close(from_it)
        self.heard, self.count, self.session = bytearray(), 0, None
        target = next(t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def close(self) -> None:
        os.close(self.write)                                  # it ends with its pipe
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        os.close(self.read)
        self.folder.cleanup()

    def _message(self) -> dict:
        while b"\0" not in self.heard:
            piece = os.read(self.read, 1 << 20)
            assert piece, "the browser has ended"
            self.heard += piece
        message, _, rest = bytes(self.heard).partition(b"\0")
        self.heard = bytearray(rest)
        return json.loads(message)

    def ask(self, method: str, **parameters) -> dict:
        self.count += 1
        session = {"sessionId": self.session} if self.session else {}
        os.write(self.write, json.dumps({"id": self.count, "method": method, "params": parameters, **session}).encode() + b"\0")
        while (message := self._message()).get("id") != self.count:
            pass
        assert "error" not in message, (method, message["error"])
        return message["result"]

    def open(self, file: Path, width: int) -> None:
        self.ask("Emulation.setEmulatedMedia", media="")
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        self.ask("Page.navigate", url=file.resolve().as_uri())
        while self.evaluate("document.readyState") != "complete" or self.evaluate("location.href") == "about:blank":
            pass

    def evaluate(self, script: str):
        return self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)["result"].get("value")

    def layout(self, file: Path, width: int) -> list[str]:
        """What is wrong at this width."""
        self.open(file, width)
        return self.evaluate(LAYOUT.replace("LIMIT", str(SMALLEST if width < 600 else SMALLEST_AT_DESK)))

    def problems(self, file: Path, least: int, most: int) -> list[str]:
        """What is wrong with a page on a phone, on a desk and on paper, where it takes from `least` to `most` pages."""
        pages, missing = self.on_paper(file)
        return [*(f"{width} px: {one}" for width in (PHONE, DESK) for one in self.layout(file, width)), *missing,
                *([] if least <= pages <= most else [f"{pages} pages"])]

    def on_paper(self, file: Path) -> tuple[int, list[str]]:
        """(pages, what of `details` is not printed)."""
        self.open(file, DESK)
        self.ask("Emulation.setEmulatedMedia", media="print")
        while not self.evaluate("matchMedia('print').matches"):
            pass
        self.evaluate(TWO_FRAMES)                             # what was locked away is laid out with the next frame
        missing = self.evaluate(HIDDEN_ON_PAPER)
        pdf = base64.b64decode(self.ask("Page.printToPDF", preferCSSPageSize=True)["data"])
        return len(re.findall(rb"/Type\s*/Page\b", pdf)), missing

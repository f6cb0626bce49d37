"""Planning a study, and its page in a real browser with real keys; the vote file it saves is ranked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import ffmpeg
import imageio_ffmpeg
import pytest

from core.errors import InputError
from core.intent import Consent
from keyfill.cli import main
from score.preference.study import plan_study, study_size
from score.preference.study_page import find_videos, write_page
from score.preference.votes import read_votes

METHODS, CLIPS = ("input", "ours", "target"), ("anna", "ben", "cleo", "dora")


def test_every_question_is_asked_equally_often_and_never_twice_of_one_rater() -> None:
    plan = plan_study(METHODS, CLIPS, 9, 5, traps=2, gold=("target", "input"))
    asked = Counter()
    for questions in plan.raters:
        votes = [(q.clip, tuple(sorted((q.left, q.right)))) for q in questions if q.kind == "vote"]
        assert len(votes) == len(set(votes)) == 5
        assert Counter(q.kind for q in questions) == {"vote": 5, "trap": 2, "gold": 2}
        asked.update(votes)
    assert len(asked) == 12 and max(asked.values()) - min(asked.values()) <= 1
    for question in (q for questions in plan.raters for q in questions if q.kind == "gold"):
        assert question.expected == (1 if question.left == "target" else 5)
    sides = Counter(q.left < q.right for questions in plan.raters for q in questions if q.kind == "vote")
    assert min(sides.values()) > 10


def test_a_plan_follows_from_its_seed() -> None:
    assert plan_study(METHODS, CLIPS, 3, 5, seed=1) == plan_study(METHODS, CLIPS, 3, 5, seed=1)
    assert plan_study(METHODS, CLIPS, 3, 5, seed=1) != plan_study(METHODS, CLIPS, 3, 5, seed=2)


def test_a_narrower_interval_takes_more_votes() -> None:
    wide, narrow = (study_size(3, 12, width, 30) for width in (0.4, 0.28))
    assert wide.half_width <= 0.4 and narrow.half_width <= 0.28
    assert wide.votes < narrow.votes


def test_an_interval_below_what_the_clips_allow_is_refused() -> None:
    with pytest.raises(InputError, match="clips differ"):
        study_size(3, 3, 0.02, 10, spread=0.6)


def test_a_method_without_a_clip_is_named(tmp_path: Path) -> None:
    for method, clip in (("a", "one"), ("a", "two"), ("b", "one")):
        (tmp_path / method).mkdir(exist_ok=True)
        (tmp_path / method / f"{clip}.mp4").touch()
    with pytest.raises(InputError, match="no video two"):
        find_videos(tmp_path)


def _videos(folder: Path) -> None:
    for shade, method in enumerate(METHODS):
        (folder / method).mkdir(parents=True)
        for clip in CLIPS:
            source = ffmpeg.input(f"color=0x{60 + 60 * shade:02x}4040:size=64x36:rate=10:duration=0.5", f="lavfi")
            source.output(str(folder / method / f"{clip}.mp4"), vcodec="libx264", pix_fmt="yuv420p").run(
                cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True
            )


class Browser:
    """A few calls of the WebDriver protocol."""

    def __init__(self, port: int, downloads: Path, profile: Path):
        self.base = f"http://127.0.0.1:{port}"
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--mute-audio"]
        wanted = {
            "goog:chromeOptions": {
                "args": [*flags, "--window-size=1280,860"],
                "prefs": {"download.default_directory": str(downloads)},
            }
        }
        self.session = ""
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def call(self, how: str, path: str, body: dict | None = None):
        place = self.base + (f"/session/{self.session}" if self.session else "") + path
        request = urllib.request.Request(place, None if body is None else json.dumps(body).encode(), method=how)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())["value"]

    def run(self, script: str):
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def keys(self, text: str) -> None:
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def until(self, script: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not self.run(script):
            assert time.monotonic() < end, f"waited in vain for: {script}"
            time.sleep(0.05)


@contextmanager
def browser(tmp_path: Path):
    driver = shutil.which("chromedriver")
    assert driver, "this test needs Chromium and its driver: run `sh tools/system-packages` as root"
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True)
    try:
        port = 0
        for line in process.stdout:
            if "started successfully on port" in line:
                port = int(line.rstrip(".\n").rsplit(" ", 1)[1])
                break
        shown = Browser(port, downloads, tmp_path / "profile")
        yield shown, downloads
        shown.call("DELETE", "")
    finally:
        process.kill()
        process.wait()


@pytest.mark.browser
@pytest.mark.slow
def test_page_is_answered_by_keyboard_and_its_files_are_ranked(tmp_path: Path, capsys) -> None:
    _videos(tmp_path / "videos")
    videos = find_videos(tmp_path / "videos")
    plan = plan_study(METHODS, CLIPS, 3, 12, traps=1, gold=("target", "input"))
    page = write_page(plan, videos, tmp_path / "page", "lamp study")
    better = {name: place for place, name in enumerate(METHODS)}
    given = {}
    with browser(tmp_path) as (shown, downloads):
        for slot, questions in enumerate(plan.raters, 1):
            shown.call("POST", "/url", {"url": f"{page.as_uri()}?slot={slot}&rater=rater-{slot}"})
            shown.keys("\ue007")
            shown.until("return !document.getElementById('question').hidden")
            for number, question in enumerate(questions):
                if slot == 1 and number == 4:
                    # A reload in the middle loses nothing.
                    shown.call("POST", "/refresh", {})
                    shown.keys("\ue007")
                shown.until(f"return document.getElementById('count').textContent.startsWith('{number + 1} of')")
                if number == 0 and question.kind == "vote":
                    shown.keys("5\ue007")
                    assert shown.run("return document.getElementById('next').disabled"), "answered before watching"
                shown.run("document.querySelectorAll('video').forEach(video => { video.playbackRate = 8 })")
                shown.until("return !document.querySelector('#ratings button').disabled")
                # every fourth vote goes the other way, or no method would have a finite score
                right_wins = (better[question.right] > better[question.left]) != ((slot + number) % 4 == 0)
                rating = question.expected or (5 if right_wins else 1)
                given[f"rater-{slot}", number] = rating
                shown.keys(f"{rating}cb\ue007")
            shown.until("return !document.getElementById('end').hidden")
        wanted = [downloads / f"votes-rater-{slot}.csv" for slot in (1, 2, 3)]
        end = time.monotonic() + 20
        while not all(path.exists() for path in wanted) and time.monotonic() < end:
            time.sleep(0.1)
    votes = read_votes(wanted)
    asked = [(f"rater-{i}", q.clip, q.left, q.right, q.kind) for i, qs in enumerate(plan.raters, 1) for q in qs]
    assert [(v.rater, v.clip, v.left, v.right, v.kind) for v in votes] == asked
    assert all(vote.reasons == ("color", "brightness") and vote.seconds > 0 for vote in votes)
    assert [v.rating for v in votes] == list(given.values())
    assert main(["rank", str(downloads), "--min-seconds", "0", "--out", str(tmp_path / "ranking")]) == 0
    assert "3 of 3 raters kept" in capsys.readouterr().out
    ranking = json.loads((tmp_path / "ranking" / "ranking.json").read_text())
    assert [place["method"] for place in ranking["places"]] == ["target", "ours", "input"]
    assert ranking["questions"]["vote"]["votes"] == 36


def test_answers_kept_for_an_older_plan_do_not_come_back(tmp_path: Path) -> None:
    _videos(tmp_path / "videos")
    videos = find_videos(tmp_path / "videos")
    ids = set()
    for seed in (1, 1, 2):
        plan = plan_study(METHODS, CLIPS, 2, 4, seed=seed)
        if seed == 2:
            with pytest.raises(InputError, match=r"1 file \(plan.json\) would be made anew.*raters"):
                write_page(plan, videos, tmp_path / "page", "study")
        page = write_page(plan, videos, tmp_path / "page", "study", consent=Consent(replace=seed == 2))
        ids.add(re.search(r'"id": "(\w+)"', page.read_text()).group(1))
    assert len(ids) == 2 and "keyfill-study:${data.id}:" in page.read_text()

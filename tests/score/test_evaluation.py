"""Evaluation of videos, folders and pair shards: known errors come out, work is taken up, odd input is named."""

import json

import cv2
import numpy as np
import pytest

from core.errors import InputError, WorkError
from core.intent import Consent
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless
from score.challenge import read_supervised, write_supervised
from score.fidelity import evaluation
from score.fidelity.comparison import compare_folders, compare_pairs, compare_videos
from score.fidelity.evaluation import evaluate_comparisons

FAST = ("rmse", "rmse_challenge", "psnr", "ssim")
SIZE = (36, 64)


def picture(seed: int, frames: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(40, 200, (frames, *SIZE, 3), dtype=np.uint8)


def half_mask(frames: int = 3) -> np.ndarray:
    mask = np.zeros((frames, *SIZE, 3), np.uint8)
    mask[:, :, : SIZE[1] // 2] = 255
    return mask


def put(path, video: np.ndarray):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_lossless(video, 30.0))
    return path


@pytest.fixture
def folders(tmp_path):
    """Three videos off by 3, 4 and 5 levels."""
    for k, off in enumerate((3, 4, 5)):
        put(tmp_path / "target" / f"video_{k}.mkv", picture(k))
        put(tmp_path / "shown" / f"video_{k}.mkv", picture(k) + np.uint8(off))
    return tmp_path


@pytest.fixture
def shards(tmp_path):
    """Pair shards: two test samples and one of training, sources 6 levels darker inside the mask."""
    samples = []
    for k, split in enumerate(("test", "test", "train")):
        target, mask = picture(k), half_mask()
        source = np.where(mask > 0, target - 6, target).astype(np.uint8)
        info = {"key": f"clip-{k}", "split": split, "fps": 30.0, "frames": 3, "width": SIZE[1], "height": SIZE[0]}
        members = {"json": json.dumps(info).encode()}
        for name, video in (("source", source), ("target", target), ("mask", mask)):
            members[f"{name}.mkv"] = encode_lossless(video, 30.0)
        samples.append(Sample(f"clip-{k}", members))
    folder = tmp_path / "pairs"
    write_header(folder, "pairs", {})
    write_row(folder, write_shard(folder / "shard-000000.tar", samples))
    return folder


def test_two_videos_with_all_measures(tmp_path):
    target = put(tmp_path / "target.mkv", picture(0))
    shown = put(tmp_path / "shown.mkv", picture(0) + np.uint8(4))
    mask = put(tmp_path / "mask.mkv", half_mask())
    found = evaluate_comparisons(compare_videos(shown, target, mask))
    (result,) = found.results
    assert list(result.whole) == list(evaluation.MEASURES)
    assert result.whole["rmse"] == 4 and result.whole["rmse_challenge"] == 4 / 128
    assert result.whole["flicker"] == result.whole["jitter"] == 0
    assert result.subject["rmse"] == 4 and "vmaf" not in result.subject
    assert (result.frames, result.width, result.height) == (3, 64, 36)


def test_folders_give_means_over_videos_and_a_submission(folders):
    found = evaluate_comparisons(compare_folders(folders / "shown", folders / "target"), folders / "out", FAST)
    assert found.header == ("method", "videos", *FAST)
    (row,) = found.rows()
    assert row[:4] == ("enhanced", 3, 4.0, 4 / 128)
    write_supervised(folders / "metrics_supervised.csv", found.rmse())
    read = read_supervised(folders / "metrics_supervised.csv", rows=3)
    assert read == {"video_0": 3 / 128, "video_1": 4 / 128, "video_2": 5 / 128}
    table = (folders / "out" / "videos.csv").read_text().splitlines()
    assert table[0].startswith("method,video,frames,rmse") and table[3].startswith("enhanced,video_2,3,5.0")
    assert json.loads((folders / "out" / "evaluation.json").read_text())["rows"][0][2] == 4.0


def test_pictures_in_folders_as_the_challenge_lays_them_out(tmp_path):
    for side, off in (("x", 7), ("y", 0)):
        for k, frame in enumerate(picture(1)):
            place = tmp_path / ("shown" if side == "x" else "target") / "video_0001" / side
            place.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(place / f"{k:04d}.png"), frame[..., ::-1] + np.uint8(off))
    found = evaluate_comparisons(
        compare_folders(tmp_path / "shown", tmp_path / "target"), measures=("rmse", "ciede2000")
    )
    assert found.results[0].name == "video_0001" and found.results[0].whole["rmse"] == 7


def test_pair_shards_with_autoadjust_and_a_folder_of_enhanced_videos(shards, tmp_path):
    for k in range(2):
        put(tmp_path / "mine" / f"clip-{k}.mkv", picture(k) + np.uint8(1))
    compared = compare_pairs(shards, "test", {"mine": tmp_path / "mine"})
    found = evaluate_comparisons(compared, measures=("rmse", "ssim"))
    rows = {row[0]: row[1:] for row in found.rows()}
    assert list(rows) == ["input", "autoadjust", "mine"]
    assert found.header == ("method", "videos", "rmse", "ssim", "subject_rmse", "subject_ssim")
    # 6 levels in half of the frame: sqrt(36 / 2) over the whole, 6 on the subject
    assert rows["input"][1] == pytest.approx(np.sqrt(18)) and rows["input"][3] == 6
    assert rows["mine"][1] == 1 and rows["mine"][3] == 1
    assert rows["autoadjust"][1] != rows["input"][1]
    assert len(compare_pairs(shards)) == 6


def test_equal_videos_are_infinite_and_still_plain_json(tmp_path):
    same = put(tmp_path / "a.mkv", picture(0))
    found = evaluate_comparisons(compare_videos(same, same), tmp_path / "out", ("psnr", "xpsnr", "rmse"))
    assert found.results[0].whole["psnr"] == np.inf and found.rows()[0][2] == np.inf
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text())["rows"] == [["enhanced", 1, None, None, 0.0]]
    assert evaluate_comparisons(compare_videos(same, same), tmp_path / "out", ("psnr", "xpsnr", "rmse")) == found


def test_finished_work_is_taken_up_and_changed_videos_are_measured_anew(folders, monkeypatch):
    compared = compare_folders(folders / "shown", folders / "target")
    first = evaluate_comparisons(compared, folders / "out", FAST)
    measured = []
    real = evaluation.measure_comparison
    monkeypatch.setattr(evaluation, "measure_comparison", lambda c, m: measured.append(c.name) or real(c, m))
    seen = []
    assert evaluate_comparisons(compared, folders / "out", FAST, progress=lambda *args: seen.append(args)) == first
    assert measured == [] and seen[-1] == (3, 3, "enhanced/video_2")
    put(folders / "shown" / "video_1.mkv", picture(1) + np.uint8(9))
    (folders / "out" / "videos" / "enhanced" / "video_2.json").write_text("{cut")
    with pytest.raises(InputError, match=r"1 result \(enhanced/video_1\) would be made anew"):
        evaluate_comparisons(compared, folders / "out", FAST)
    again = evaluate_comparisons(compared, folders / "out", FAST, consent=Consent(replace=True))
    assert measured == ["video_1", "video_2"] and again.results[1].whole["rmse"] == 9
    assert again.results[2] == first.results[2]
    with pytest.raises(InputError, match="enhanced/video_2"):
        evaluate_comparisons(compared[2:], folders / "out", ("rmse",))
    with pytest.raises(InputError, match="enhanced/video_0, enhanced/video_1"):
        evaluate_comparisons(compared[2:], folders / "out", FAST)
    evaluate_comparisons(compared, folders / "out", ("rmse",), consent=Consent(replace=True))
    assert measured[2:] == ["video_0", "video_1", "video_2"], "other measures are other work"


@pytest.mark.slow
def test_processes_give_the_same_as_one(folders):
    compared = compare_folders(folders / "shown", folders / "target")
    assert evaluate_comparisons(compared, measures=FAST, workers=2) == evaluate_comparisons(compared, measures=FAST)


def test_one_bad_video_does_not_stop_the_others(folders):
    (folders / "shown" / "video_0.mkv").write_bytes(b"not a video")
    put(folders / "shown" / "video_1.mkv", picture(1, frames=2))
    compared = compare_folders(folders / "shown", folders / "target")
    with pytest.raises(InputError, match=r"enhanced/video_0: .*video_0.mkv: cannot be opened.*and 1 more of 3 videos"):
        evaluate_comparisons(compared, folders / "out", FAST)
    assert (folders / "out" / "videos" / "enhanced" / "video_2.json").exists()
    assert not (folders / "out" / "evaluation.json").exists()


def test_what_cannot_be_compared_is_refused_by_name(folders, shards, tmp_path):
    short = put(tmp_path / "short.mkv", picture(0, frames=2))
    small = put(tmp_path / "small.mkv", picture(0)[:, :30])
    target = folders / "target" / "video_0.mkv"
    still = put(tmp_path / "still.mkv", picture(0, frames=1))
    away = put(tmp_path / "away.mkv", half_mask() * 0)

    def refused(match, *args, **options):
        with pytest.raises(InputError, match=match) as error:
            evaluate_comparisons(compare_videos(*args), measures=options.pop("measures", FAST), **options)
        assert "\n" not in str(error.value)

    refused("short.mkv ends after 2 frames", short, target)
    refused("short.mkv ends after 2 frames", target, short)
    refused("frame 0 is 64x30, its target 64x36", small, target)
    refused("frame 0 is 64x30, its target 64x36", target, target, small)
    refused("no such file", tmp_path / "none.mkv", target)
    refused("holds no pictures", tmp_path, target)
    refused("two frames in a row", still, still, measures=("flicker",))
    refused("subject", target, target, away)
    refused("measures: 'vif'", target, target, measures=("vif",))
    refused("measures: 'none'", target, target, measures=())
    refused("workers: 0", target, target, workers=0)
    with pytest.raises(InputError, match="nothing to compare"):
        evaluate_comparisons([])
    with pytest.raises(InputError, match="appears twice"):
        evaluate_comparisons(compare_videos(target, target) * 2)
    (folders / "shown" / "video_2.mkv").rename(folders / "shown" / "video_9.mkv")
    with pytest.raises(InputError, match="video_9 is not in"):
        compare_folders(folders / "shown", folders / "target")
    (folders / "empty").mkdir()
    with pytest.raises(InputError, match="holds no videos"):
        compare_folders(folders / "empty", folders / "empty")
    with pytest.raises(InputError, match="no such folder"):
        compare_folders(tmp_path / "none", folders / "target")
    with pytest.raises(InputError, match="holds no samples of the split 'validation'"):
        compare_pairs(shards, "validation")
    with pytest.raises(InputError, match="no video clip-0"):
        compare_pairs(shards, None, {"mine": folders / "target"})
    with pytest.raises(InputError, match="methods: 'magic'"):
        compare_pairs(shards, methods=("magic",))
    put(folders / "target" / "video_0.mp4", picture(0))
    with pytest.raises(InputError, match="have the same name"):
        compare_folders(folders / "target", folders / "target")


def test_a_failure_of_the_work_is_told_from_bad_input(folders, monkeypatch):
    def broken(comparison, measures):
        raise WorkError("ffmpeg failed while measuring: out of luck")

    monkeypatch.setattr(evaluation, "measure_comparison", broken)
    with pytest.raises(WorkError, match="out of luck"):
        evaluate_comparisons(compare_folders(folders / "shown", folders / "target"), measures=FAST)

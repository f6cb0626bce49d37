"""What was drawn for a clip, in the few words that a researcher looks for."""

from __future__ import annotations

from degrade.params import Blur, DegradeParams, Drift, Order, SecondOrder


def describe(params: DegradeParams) -> list[str]:
    """One short text a stage that is there, in the chain's order; empty when the clip is left as it is."""
    words: list[str] = []
    if (optics := params.optics) is not None:
        words += [f"shutter {optics.shutter:.2f}"] if optics.shutter else []
        words += [f"defocus {_blur(optics.defocus)}"] if optics.defocus else []
        words += [f"fringes {optics.aberration_px:.1f} px"] if optics.aberration_px else []
    if (light := params.light) is not None:
        words += [f"{_span(light.exposure_ev)} EV"] if light.exposure_ev else []
        if light.red_ev and light.blue_ev:
            words.append(f"red {_span(light.red_ev)} blue {_span(light.blue_ev)} EV")
        words += [f"banding {light.banding.depth:.2f}"] if light.banding else []
    if params.sensor is not None:
        words.append(f"sensor shot {params.sensor.shot:.2g} read {params.sensor.read:.1g}")
    if (processor := params.processor) is not None:
        words += [f"smear {processor.temporal_denoise.strength:.2f}"] if processor.temporal_denoise else []
        words += [f"sharpen {processor.sharpen.amount:.1f}"] if processor.sharpen else []
        if processor.colour:
            words.append(f"saturation {processor.colour.saturation:.2f} contrast {processor.colour.contrast:.2f}")
    for order in (params.first, params.second):
        words += _order(order, params.width) if order is not None else []
    if (delivery := params.delivery) is not None:
        shown = len(set(delivery.shown))
        if shown < params.frames:
            words.append(f"{shown} of {params.frames} frames arrive")
    if (codec := params.codec) is not None:
        size = "" if codec.width == params.width else f" at {codec.width}x{codec.height}"
        words.append(f"{codec.kind} {codec.kbps:.0f} kbit/s{size}")
    return words


def _order(order: Order, width: int) -> list[str]:
    words = [f"blur {_blur(order.blur)}"] if order.blur else []
    if order.resize and order.resize.width != width:
        words.append(f"resize x{order.resize.width / width:.2f} {order.resize.mode}")
    if order.noise:
        words.append(f"{'grey ' if order.noise.grey else ''}{order.noise.kind} noise {order.noise.strength:.1f}")
    coded = [f"JPEG {order.jpeg.quality}"] if order.jpeg else []
    last = [f"last {_blur(order.sinc)}"] if isinstance(order, SecondOrder) and order.sinc else []
    return words + (last + coded if last and order.sinc_first else coded + last)


def _blur(blur: Blur) -> str:
    if blur.kind == "sinc":
        return f"sinc {blur.cutoff_rad:.1f}"
    sigma = (
        f"{blur.sigma_x:.1f}"
        if blur.kind.endswith("iso") and "an" not in blur.kind
        else f"{blur.sigma_x:.1f}/{blur.sigma_y:.1f}"
    )
    return f"{blur.kind.replace('generalized', 'gen.').replace('_', ' ')} {sigma}"


def _span(drift: Drift) -> str:
    low, high = min(drift.values), max(drift.values)
    return f"{low:+.2f}" if high - low < 0.01 else f"{low:+.2f}..{high:+.2f}"

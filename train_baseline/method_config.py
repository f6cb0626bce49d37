"""The keys of methods that change pictures, or that the challenge was entered with; those of the house's own colour
methods are in `train_baseline.config`. No torch in here."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.config import Section
from core.ranges import Range, within

Crop = Annotated[int, Field(ge=16, le=1024, multiple_of=8)]


class RestoreConfig(Section):
    """Noise, blocks and blur out of video, with a memory (`train_baseline.methods.restore`). For clean shards only."""

    name: Literal["restore"] = Field("restore", description="which method")
    widths: tuple[
        Annotated[int, Field(ge=4, le=256)], Annotated[int, Field(ge=4, le=256)], Annotated[int, Field(ge=4, le=256)]
    ] = Field((32, 48, 64), description="channels at a half, a quarter and an eighth of the frame's sides")
    crop: Crop = Field(96, description="sides of the windows that it is trained on, pixels")
    window: int = Field(4, ge=1, le=64, description="frames in a row that it is trained on")
    still: int = Field(12, ge=2, le=600, description="frames for which stills among the clips are shown, swaying")
    stops: Annotated[Range, within(-6, 6)] = Field(
        (-0.3, 1.5),
        description="exposure by which a batch's frames are corrected before it sees them, as by a method "
        "in front of it, stops",
    )


class PictureLossConfig(Section):
    """Weights of what is asked of a picture beside its target; 0 leaves a term out. Perceptual terms need files that
    the user has: tensors by name, nothing that runs."""

    l1: float = Field(0.0, ge=0, le=1000, description="mean absolute difference")
    l2: float = Field(0.0, ge=0, le=1000, description="mean squared difference")
    cosine: float = Field(0.0, ge=0, le=1000, description="1 - the cosine between colours")
    ssim: float = Field(0.0, ge=0, le=1000, description="1 - SSIM; frames of at least 11 lines")
    edges: float = Field(0.0, ge=0, le=1000, description="mean squared difference of edges, by a 5-tap pyramid step")
    perceptual: float = Field(0.0, ge=0, le=1000, description="distance in VGG19 at four layers; needs `vgg19`")
    lpips: float = Field(0.0, ge=0, le=1000, description="LPIPS with AlexNet; needs `alexnet` and `lpips_linear`")
    gan: float = Field(0.0, ge=0, le=1000, description="being told from targets by a critic that is trained beside it")
    vgg19: str = Field("", description="file with torchvision's weights of VGG19")
    alexnet: str = Field("", description="file with torchvision's weights of AlexNet")
    lpips_linear: str = Field("", description="file with the linear layers of LPIPS for AlexNet")


class LutThenNetworkConfig(Section):
    """What methods of a LUT and a network behind it share."""

    colour_steps: int = Field(0, ge=0, description="first steps of training, in which the LUT learns alone")
    mend_steps: int = Field(0, ge=0, description="the steps after these, in which the network learns alone; then both")
    colour_loss: PictureLossConfig = Field(
        PictureLossConfig(l1=1.0, cosine=1.0), description="what is asked of the frame after its LUT"
    )
    mend_loss: PictureLossConfig = Field(PictureLossConfig(l2=1.0), description="what is asked of the result")
    smooth: float = Field(1e-4, ge=0, le=1000, description="weight of how rough the LUTs are")
    monotone: float = Field(10.0, ge=0, le=1000, description="weight of where a LUT makes dark light and light dark")


Width = Annotated[int, Field(ge=2, le=256)]


class ClutUnetConfig(LutThenNetworkConfig):
    """A compressed LUT, then a U-Net of 21 convolutions (`train_baseline.methods.clut_unet`)."""

    name: Literal["clut_unet"] = Field("clut_unet", description="which method")
    luts: int = Field(20, ge=1, le=256, description="LUTs that are blended")
    lines: int = Field(5, ge=1, le=33, description="lines of a compressed table")
    columns: int = Field(20, ge=1, le=1089, description="columns of a compressed table")
    widths: tuple[Width, Width, Width, Width] = Field(
        (16, 24, 32, 64), description="channels of the U-Net at full, half, quarter and eighth size"
    )


class LutsResidualConfig(LutThenNetworkConfig):
    """Blended 3-D LUTs, then residual blocks (`train_baseline.methods.luts_residual`)."""

    name: Literal["luts_residual"] = Field("luts_residual", description="which method")
    luts: int = Field(5, ge=1, le=64, description="LUTs that are blended")
    blocks: int = Field(7, ge=1, le=64, description="residual blocks")
    width: Width = Field(22, description="channels of the residual blocks, at half size")


Heads = Annotated[int, Field(ge=1, le=64)]


class CidnetShape(Section):
    """What both methods of CIDNet share."""

    widths: tuple[Width, Width, Width, Width] = Field(
        (36, 36, 72, 144), description="channels at full, half, quarter and eighth size"
    )
    heads: tuple[Heads, Heads, Heads] = Field(
        (2, 4, 8), description="heads of attention at half, quarter and eighth size, which divide the channels there"
    )
    dead_block: bool = Field(True, description="as published, with the block whose result nothing takes")
    crop: Crop = Field(128, description="sides of the windows that it is trained on, pixels")
    loss: PictureLossConfig = Field(
        PictureLossConfig(l1=1.0, ssim=0.5, edges=50.0), description="what is asked of the result, in sRGB and in HVI"
    )
    hvi_loss: float = Field(1.0, ge=0, le=1000, description="weight of the same in HVI")

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        for width, heads in zip(self.widths[1:], self.heads, strict=True):
            if width % heads:
                raise ValueError(f"heads: {heads} heads do not divide {width} channels")
        return self


class CidnetConfig(CidnetShape):
    """HVI-CIDNet, two attending U-Nets in the colour space HVI (`train_baseline.methods.cidnet`)."""

    name: Literal["cidnet"] = Field("cidnet", description="which method")


class QCidnetConfig(CidnetShape):
    """CIDNet that two learned judges are asked about (`train_baseline.methods.q_cidnet`), with weights of yours."""

    name: Literal["q_cidnet"] = Field("q_cidnet", description="which method")
    quality_loss: float = Field(0.75, ge=0, le=1000, description="weight of what the judges miss")
    clip: str = Field("", description="file with the state dict of CLIP, RN50")
    clip_words: str = Field("", description='file with a tensor "words": CLIP\'s "Good photo." and "Bad photo."')
    preference: str = Field("", description="file with the weights of the challenge's quality model")


class IceLutConfig(Section):
    """Networks that become tables (`train_baseline.methods.icelut`)."""

    name: Literal["icelut"] = Field("icelut", description="which method")
    luts: int = Field(10, ge=1, le=64, description="compressed LUTs that are blended")
    lines: int = Field(5, ge=1, le=33, description="lines of a compressed table")
    columns: int = Field(10, ge=1, le=1089, description="columns of a compressed table")
    pixels: int = Field(1024, ge=16, le=1_000_000, description="pixels drawn from each frame of a batch")
    tone_steps: int = Field(
        0, ge=0, description="first steps of training, on undamaged sources; above 0 it takes clean shards alone"
    )
    temporal: float = Field(3.0, ge=0, le=1000, description="weight of the LUT's change between neighbouring frames")
    subject: float = Field(0.25, ge=0, le=1000, description="a pixel on the subject counts `1 + subject` times")

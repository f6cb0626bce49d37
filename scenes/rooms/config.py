"""What may be drawn for an indoor room: kind and size, finishes, things in it, windows, daylight, lamps, picture."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from core.ranges import IntRange, Range, Ranges, Share, within

Kind = Literal[
    "home_office", "living_room", "bedroom", "kitchen", "office", "meeting_room", "booth", "classroom", "library",
    "hallway", "cafe", "workshop",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
Sky = Literal["clear", "hazy", "overcast", "dusk", "night"]
WallFinish = Literal["paint", "dado", "wallpaper", "brick", "wood", "concrete", "tiles"]
Chair = Literal["plain", "head", "mesh", "tall", "bucket", "slats", "shell", "padded", "bars", "armchair"]
FloorFinish = Literal["parquet", "carpet", "tiles", "concrete", "linoleum"]
WindowDress = Literal["none", "curtains", "blinds", "roller"]
Fitting = Literal["panels", "pendant", "globe", "spots", "bulb", "strip"]


Metres = Annotated[Range, within(0.02, 60.0)]
Degrees = Annotated[Range, within(-360.0, 360.0)]
Kelvin = Annotated[Range, within(1700.0, 12000.0)]
Lumens = Annotated[Range, within(1.0, 200_000.0)]
Unit = Annotated[Range, within(0.0, 1.0)]
Count = Annotated[IntRange, within(0, 40)]


def _positive(weights: dict[str, float]) -> dict[str, float]:
    if not sum(weights.values()) > 0:
        raise ValueError("expected at least one weight above 0")
    return weights


Weight = Annotated[float, Field(ge=0, le=1e6)]
Weighted = AfterValidator(_positive)
"""A table of weights: what is not named has none."""


class SizeConfig(Ranges):
    """The empty room around the person, who looks along -Y: metres to the wall behind, before (behind the monitor), and
    to the person's two sides, and the ceiling's height."""

    behind_m: Metres = Field(description="from the person's head to the wall behind")
    before_m: Metres = Field(description="to the wall before")
    side_m: Metres = Field(description="to either side, drawn for each")
    height_m: Metres = Field((2.35, 2.9), description="floor to ceiling")


class SizesConfig(Ranges):
    """The size of each kind of room."""

    home_office: SizeConfig = SizeConfig(behind_m=(1.4, 4.0), before_m=(0.75, 1.8), side_m=(1.0, 2.6))
    living_room: SizeConfig = SizeConfig(behind_m=(2.2, 5.5), before_m=(0.8, 2.6), side_m=(1.5, 3.4))
    bedroom: SizeConfig = SizeConfig(behind_m=(1.7, 3.4), before_m=(0.75, 1.4), side_m=(1.1, 2.5))
    kitchen: SizeConfig = SizeConfig(behind_m=(1.5, 3.2), before_m=(0.8, 1.8), side_m=(1.2, 2.6))
    office: SizeConfig = SizeConfig(behind_m=(3.5, 10.0), before_m=(1.2, 5.0), side_m=(2.5, 7.0), height_m=(2.6, 3.3))
    meeting_room: SizeConfig = SizeConfig(
        behind_m=(1.3, 3.4), before_m=(2.2, 4.0), side_m=(1.5, 3.2), height_m=(2.5, 3.0)
    )
    booth: SizeConfig = SizeConfig(behind_m=(0.75, 1.15), before_m=(0.6, 0.8), side_m=(0.55, 0.9), height_m=(2.1, 2.4))
    classroom: SizeConfig = SizeConfig(behind_m=(2.0, 5.5), before_m=(2.0, 5.0), side_m=(2.0, 4.0), height_m=(2.7, 3.4))
    library: SizeConfig = SizeConfig(behind_m=(1.8, 5.0), before_m=(1.5, 4.0), side_m=(1.6, 4.0), height_m=(2.6, 3.6))
    hallway: SizeConfig = SizeConfig(behind_m=(2.5, 7.0), before_m=(0.8, 1.6), side_m=(0.75, 1.2), height_m=(2.35, 2.8))
    cafe: SizeConfig = SizeConfig(behind_m=(2.4, 6.5), before_m=(1.2, 3.0), side_m=(1.6, 4.0), height_m=(2.7, 3.6))
    workshop: SizeConfig = SizeConfig(behind_m=(2.2, 7.0), before_m=(1.2, 3.0), side_m=(1.6, 4.5), height_m=(2.4, 4.2))


class ThingsConfig(Ranges):
    """How often things stand in a room, and how much."""

    clutter: Unit = Field((0.1, 1.0), description="how untidy a room is: 0 bare, 1 everything lies about")
    shelf_full: Unit = Field((0.35, 1.0), description="share of a shelf that is filled")
    books: Unit = Field((0.3, 0.95), description="of what stands on shelves, the share of books; the rest is things")
    pictures: Count = Field((0, 5), description="pictures on the wall behind, where there is space")
    photographs: Share = Field(
        0.8, description="of pictures on walls, those cut from the photographed places; the rest is painted by rule"
    )
    clustered: Share = Field(0.55, description="of walls with pictures, those where they hang close around one place")
    hung_m: Metres = Field((1.2, 1.9), description="height of a picture's middle, drawn for each")
    on_walls: Count = Field((0, 4), description="calendars, notes, boards with cards, cloths and such on the walls")
    wall_filled: Unit = Field(
        (0.35, 0.85),
        description="of the wall behind, from 0.8 to 2 m up, how much at least has something before it",
    )
    lived_in: Count = Field(
        (0, 5), description="what stands and lies about: clothes rails, boards, guitars, cases, shoes, bins, by clutter"
    )
    piles: Count = Field(
        (2, 7), description="piles, racks, boards of tools, what leans at walls, the fewer the tidier a room is"
    )
    close_by: Share = Field(
        0.5, description="something stands close behind the person, to a side, where the picture's edge cuts it"
    )
    thrown_over: Share = Field(0.35, description="of chairs, those that a jacket or cloth hangs over")
    askew_deg: Annotated[Range, within(0.0, 15.0)] = Field(
        (0.0, 1.2), description="how far furniture and pictures are turned from standing and hanging square"
    )
    plants: Count = Field((0, 3), description="plants on the floor and on furniture")
    bookcase: Share = Field(0.65, description="a bookcase or open shelf, in rooms for work and living")
    cupboard: Share = Field(0.6, description="a low cupboard or chest of drawers")
    wardrobe: Share = Field(0.3, description="a wardrobe or tall cupboard")
    sofa: Share = Field(0.75, description="a sofa in a living room (a third of it elsewhere at home)")
    whiteboard: Share = Field(0.35, description="a whiteboard in rooms for work and teaching")
    radiator: Share = Field(0.6, description="a radiator below a window")
    own_chair: Annotated[dict[Chair, Weight], Weighted] = Field(
        {"plain": 1.0, "head": 0.3, "mesh": 1.0, "tall": 0.7, "bucket": 0.2, "slats": 0.5, "shell": 0.5, "padded": 0.8,
         "bars": 0.5, "armchair": 0.3},
        description="the person's own chair; at a desk seldom one without castors",
    )  # fmt: skip
    chair_back: Share = Field(0.4, description="the back of the person's own chair is in the picture")
    coat: Share = Field(0.3, description="a coat or jacket hangs on a hook or on the door")
    rug: Share = Field(0.5, description="a rug at home")
    floor_things: Count = Field((1, 6), description="boxes, bags and baskets on the floor of an untidy room")
    chair_back_m: Metres = Field(
        (0.75, 1.0),
        description="chair back behind the panorama's centre: as far as it stands from the webcam, not from the head",
    )


class FinishConfig(Ranges):
    """What surfaces are made of. Tables hold weights."""

    wall: Annotated[dict[WallFinish, Weight], Weighted] = Field(
        {"paint": 9.0, "dado": 1.0, "wallpaper": 1.5, "brick": 0.8, "wood": 0.7, "concrete": 0.5, "tiles": 0.0},
        description="walls; kitchens have tiles behind the worktop whatever this says",
    )
    floor: Annotated[dict[FloorFinish, Weight], Weighted] = Field(
        {"parquet": 5.0, "carpet": 2.5, "tiles": 1.2, "concrete": 0.5, "linoleum": 1.2},
        description="floors; what a kind of room never has on its floor is left out",
    )
    accent: Share = Field(0.3, description="the wall behind differs from the others in colour or finish")
    white: Share = Field(0.5, description="painted walls that are white or nearly so")
    wall_value: Unit = Field((0.08, 0.72), description="reflectance of a coloured wall")
    wall_white: Unit = Field((0.55, 0.82), description="reflectance of a white wall")
    wall_chroma: Unit = Field((0.04, 0.55), description="how strong the colour of a coloured wall is; mostly little")
    tile_ceiling: Share = Field(0.7, description="acoustic tiles on the ceilings of offices, meeting and class rooms")
    wear: Unit = Field((0.15, 1.0), description="marks, grime and unevenness of painted surfaces")


class WindowsConfig(Ranges):
    """Windows: where, how large, what hangs before them. Shares are of rooms."""

    behind: Share = Field(0.22, description="a window in the wall behind the person, which webcams fail on")
    beside: Share = Field(0.55, description="a window to a side")
    before: Share = Field(0.3, description="a window before the person, behind the monitor")
    width_m: Metres = Field((0.8, 2.2), description="width of the opening")
    sill_m: Metres = Field((0.5, 1.0), description="height of the sill")
    head_m: Metres = Field((2.0, 2.4), description="upper edge, at most 0.12 m below the ceiling")
    dress: Annotated[dict[WindowDress, Weight], Weighted] = Field(
        {"none": 2.0, "curtains": 3.5, "blinds": 2.0, "roller": 1.5}, description="what hangs before windows"
    )
    blind_turn_deg: Degrees = Field((10.0, 75.0), description="how far slats are turned from lying flat")
    blind_drop: Unit = Field((0.3, 1.0), description="how far down blinds and rollers hang")
    sheer: Share = Field(0.35, description="curtains that let light through")
    floor_above_m: Metres = Field((2.0, 18.0), description="height of the floor above the street")
    houses: Share = Field(0.7, description="houses across the street (else a garden), by night and where no place is")
    photographed: Share = Field(
        0.85, description="by day, windows look out on a photographed place, lit by the room's own sky and sun"
    )
    door_ajar: Share = Field(0.35, description="of doors, those that stand open to a room behind them")
    ajar_deg: Annotated[Range, within(0.0, 110.0)] = Field((12.0, 95.0), description="how far they are open")
    lights_outside: Count = Field((2, 16), description="by night and at dusk, lamps, signs and cars before each window")
    lit_beyond: Share = Field(0.5, description="of rooms with an open door, those with a light on behind it")


class DaylightConfig(Ranges):
    """The sky and sun outside. Luminances follow the CIE's standard skies; the sun its elevation."""

    sky: Annotated[dict[Sky, Weight], Weighted] = Field(
        {"clear": 3.0, "hazy": 2.5, "overcast": 3.0, "dusk": 1.0, "night": 2.0}, description="the weather and the hour"
    )
    sun_elevation_deg: Annotated[Range, within(2.0, 90.0)] = Field((6.0, 65.0), description="by day; dusk has its own")
    sun_azimuth_deg: Degrees = Field((-180.0, 180.0), description="in the room: 0 is behind the person")
    haze: Unit = Field((0.0, 0.6), description="how much of the sun's light a hazy sky takes")
    gain: Annotated[Range, within(0.01, 10.0)] = Field((0.5, 1.3), description="weather, on top")


class LampsConfig(Ranges):
    """Artificial light. Powers are luminous fluxes of whole fittings, as on the box."""

    on_by_day: Share = Field(0.45, description="the ceiling's light is on although it is day")
    ceiling: Share = Field(0.97, description="rooms with a light on the ceiling")
    ceiling_off: Share = Field(0.4, description="the ceiling's light is off where a wall, floor or table lamp is on")
    wall_lamp: Share = Field(0.22, description="a lamp on a wall at home or in a café, which burns its wall out")
    floor_lamp: Share = Field(0.35, description="a floor lamp at home")
    table_lamp: Share = Field(0.35, description="a table lamp on furniture")
    desk_lamp: Share = Field(0.3, description="a lamp beside the monitor")
    led_strip: Share = Field(0.12, description="a strip of light along a shelf or the ceiling")
    standing_on: Share = Field(0.6, description="floor, table and desk lamps that are on (all but one at night)")
    mixed: Share = Field(0.55, description="rooms whose lamps have temperatures of their own; else they are alike")
    temperature_k: Kelvin = Field((2200.0, 4000.0), description="lamps at home and in cafés")
    work_temperature_k: Kelvin = Field((3000.0, 6500.0), description="lamps where people work")
    strip_temperature_k: Kelvin = Field((2200.0, 7500.0), description="strips of light")
    panel_lm: Lumens = Field((2400.0, 4200.0), description="one ceiling panel")
    bulb_lm: Lumens = Field((400.0, 2000.0), description="a pendant, globe or bare bulb on the ceiling")
    spot_lm: Lumens = Field((200.0, 500.0), description="one spot of a row")
    wall_lm: Lumens = Field((250.0, 900.0), description="a lamp on a wall")
    floor_lm: Lumens = Field((400.0, 1600.0), description="a floor lamp")
    table_lm: Lumens = Field((150.0, 600.0), description="a table lamp")
    desk_lm: Lumens = Field((250.0, 800.0), description="a desk lamp")
    strip_lm_per_m: Lumens = Field((150.0, 900.0), description="a strip, a metre of it")
    monitor_nits: Annotated[Range, within(0.0, 2000.0)] = Field(
        (60.0, 350.0), description="luminance of a white page on the monitor, cd/m2"
    )
    monitor_kelvin: Kelvin = Field((4200.0, 7800.0), description="white of the monitor")
    well_lit: Share = Field(0.25, description="rooms lit well for a call: a large soft light before the person")


class PictureConfig(Ranges):
    """The panorama: how many pixels and samples, how long a path may be."""

    width: Annotated[int, Field(ge=64, le=16384, multiple_of=64)] = Field(2048, description="pixels around")
    samples: Annotated[int, Field(ge=1, le=65536)] = Field(6, description="samples a pixel of the whole sphere")
    behind_scale: Annotated[int, Field(ge=1, le=4)] = Field(
        2, description="how much finer the part that a camera sees behind the person is traced (it fills the plate)"
    )
    behind_samples: Annotated[int, Field(ge=1, le=65536)] = Field(16, description="samples a pixel of that part")
    behind_deg: tuple[Annotated[float, Field(gt=10, lt=350)], Annotated[float, Field(gt=10, lt=170)]] = Field(
        (130.0, 66.0), description="width and height of that part"
    )
    bounces: Annotated[int, Field(ge=0, le=64)] = Field(8, description="longest path")
    white_balance: Unit = Field(
        (0.55, 1.0),
        description="how far the picture's white follows the room's light; 0: lamps are as orange as they are",
    )
    denoise: Literal["off", "fast", "balanced", "high"] = Field("high", description="quality of the denoiser")


class RoomsConfig(Ranges):
    """Indoor rooms for `keyfill rooms`, each drawn from (seed, number) alone."""

    count: Annotated[int, Field(ge=1, le=100_000)] = Field(40, description="rooms to make")
    kind: Kind | None = Field(None, description="rooms of this kind and no other")
    kinds: Annotated[dict[Kind, Weight], Weighted] = Field(
        dict.fromkeys(KINDS, 1.0)
        | {"home_office": 3.0, "living_room": 2.0, "bedroom": 2.0, "office": 1.5, "workshop": 0.5},
        description="weights of the kinds; what is not named is not made",
    )
    turned_deg: Degrees = Field(
        (-34.0, 34.0), description="the whole room, desk and all but the person's chair, about the person"
    )
    sizes: SizesConfig = SizesConfig()
    things: ThingsConfig = ThingsConfig()
    finishes: FinishConfig = FinishConfig()
    windows: WindowsConfig = WindowsConfig()
    daylight: DaylightConfig = DaylightConfig()
    lamps: LampsConfig = LampsConfig()
    picture: PictureConfig = PictureConfig()

    @model_validator(mode="after")
    def _has_light(self) -> Self:
        windows, lamps = self.windows, self.lamps
        day = any(weight > 0 for sky, weight in self.daylight.sky.items() if sky != "night")
        lit = max(lamps.ceiling, lamps.floor_lamp, lamps.table_lamp, lamps.desk_lamp, lamps.led_strip) > 0
        if not lit and (max(windows.behind, windows.beside, windows.before) == 0 or not day):
            raise ValueError("no window by day and no lamp: raise windows.beside or lamps.ceiling above 0")
        if self.kind is not None and "kinds" in self.model_fields_set:
            raise ValueError("kind and kinds: give one of them")
        return self

    def chances(self) -> dict[Kind, float]:
        """Weights of the kinds, with `kind` in its place where it is given."""
        return {self.kind: 1.0} if self.kind else {kind: self.kinds[kind] for kind in KINDS if self.kinds.get(kind)}

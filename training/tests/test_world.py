# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worlds hold, where related things are, and what is said of them."""

import random

import numpy as np
import pytest
import sentencepiece

from make_data import random_captions
from mini import backgrounds, captions, phrases
from mini.relations import RELATIONS
from mini.scenes import scene
from mini.vocabulary import vocabulary
from mini.world import FULL, SMALL

SIZES = ((144, 256), (256, 144), (192, 192))
PLAIN = dict(mode="objects", place="studio", camera="static", weather="none", light="day", style="none")
LETTERS = {"left": -1, "right": 1}


@pytest.fixture(scope="module")
def tokenizer(store):
    return sentencepiece.SentencePieceProcessor(model_proto=store.tokenizer_files()["spiece.model"])


@pytest.fixture
def related(store):
    """related(name) -> (scene, its things in the caption's order [N,T,6]) of some clips in every size."""

    def made(name: str):
        for index in range(24):
            s = scene(store, 11, index, SIZES[index % 3], 17, wanted=PLAIN | dict(relation=name))
            assert s["facts"]["relation"] == name and s["count"] == RELATIONS[name].count == len(s["facts"]["things"])
            slots = [list(s["sprites"][: s["count"]]).index(t["sprite"]) for t in s["facts"]["things"]]
            yield s, s["objects"][slots]

    return made


@pytest.mark.parametrize("name,axis,sign", [("left_of", 0, -1), ("right_of", 0, 1), ("above", 1, -1), ("under", 1, 1)])
def test_beside_and_above_hold_in_every_frame(related, name, axis, sign):
    for _, (first, second) in related(name):
        distance = (first[:, axis] - second[:, axis]) * sign
        assert (distance > 0.8 * (first[0, 2] + second[0, 2]) / 2).all()
        assert (abs(first[:, 1 - axis] - second[:, 1 - axis]) < distance).all()


@pytest.mark.parametrize("name,far", [("behind", 0), ("in_front", 1)])
def test_what_is_behind_is_drawn_first_smaller_higher_and_partly_covered(related, name, far):
    for s, things in related(name):
        back, front = things[far], things[1 - far]
        assert np.array_equal(s["objects"][0], back) and np.array_equal(s["objects"][1], front)
        assert (back[0, 2] < front[0, 2]) and (back[:, 1] < front[:, 1]).all()
        covered = [(back[:, 2] + front[:, 2]) / 2 - abs(back[:, axis] - front[:, axis]) for axis in (0, 1)]
        assert all((c > 0.2 * back[:, 2]).all() for c in covered)


def test_between_has_one_on_either_side(related):
    for _, (middle, one, other) in related("between"):
        sides = np.sign([one[:, 0] - middle[:, 0], other[:, 0] - middle[:, 0]])
        assert (sides.sum(0) == 0).all() and (abs(sides) == 1).all()


@pytest.mark.parametrize("name,order", [("chase", (0, 1)), ("follow", (0, 1)), ("lead", (2, 1, 0))])
def test_runners_keep_their_order_along_the_way(related, name, order):
    """order: things from the last to the foremost one."""
    for s, things in related(name):
        way = LETTERS[s["facts"]["things"][0]["motion"]]
        x = things[list(order), :, 0] * way
        assert (np.diff(x, axis=0) > 0).all()  # each one is ahead of the one before it
        assert (np.diff(x, axis=1) > 0).all() and (x[:, -1] - x[:, 0] > 0.05).all()  # and all of them go on
        gaps = x[1:] - x[:-1]
        assert (gaps[:, -1] < 0.75 * gaps[:, 0]).all() if name == "chase" else np.allclose(gaps[:, -1], gaps[:, 0], rtol=0.2)


@pytest.mark.parametrize("name,sign", [("meet", -1), ("part", 1)])
def test_two_come_together_or_move_apart(related, name, sign):
    for s, (first, second) in related(name):
        assert (np.diff(abs(first[:, 0] - second[:, 0])) * sign > 0).all()
        for thing, path in zip(s["facts"]["things"], (first, second)):
            assert np.sign(path[-1, 0] - path[0, 0]) == LETTERS[thing["motion"]]


def test_one_circles_around_the_other(related):
    for _, (first, second) in related("around"):
        offset = first[:, :2] - second[:, :2]
        assert np.ptp(np.linalg.norm(offset, axis=1)) < 1e-3
        assert abs(np.unwrap(np.arctan2(offset[:, 1], offset[:, 0]))[[0, -1]] @ [-1, 1]) > 2 * np.pi - 0.01
        assert np.ptp(second[:, :2], axis=0).max() == 0


@pytest.mark.parametrize("name", RELATIONS)
def test_related_things_differ_and_are_seen(related, name):
    for s, things in related(name):
        assert len({t["en"] for t in s["facts"]["things"]}) == len(things)
        a = s["size"][1] / s["size"][0]
        assert all((abs(things[..., axis]) + 0.05 * things[..., 2] < half).all() for axis, half in ((0, a / 2), (1, 0.5)))


def test_a_window_of_a_relation_is_a_part_of_the_whole(store):
    for index, name in enumerate(RELATIONS):
        wanted = PLAIN | dict(relation=name)
        whole, window = (scene(store, 4, index, SIZES[0], 21, *part, wanted=wanted) for part in ((), (6, 5)))
        assert np.allclose(whole["objects"][:, 6:11], window["objects"], atol=1e-6)


def test_a_relation_goes_where_it_is_told(store):
    for motion in ("left", "right"):
        things = scene(store, 1, 1, SIZES[0], 9, wanted=PLAIN | dict(relation="chase", motion=motion))["facts"]["things"]
        assert [t["motion"] for t in things] == [motion, motion]


def test_relations_are_said_in_both_languages():
    things = [dict(en=en, zh=zh, kind="walk", colour=c, size="", motion="left") for en, zh, c in (("dog", "狗", ""), ("cat", "猫", "red"), ("cow", "奶牛", ""))]
    rng = random.Random(0)
    for name, relation in RELATIONS.items():
        for motions in relation.motions:
            said = dict(relation=name, things=[t | dict(motion=m) for t, m in zip(things, motions)], place="", camera="static")
            said |= dict(weather="none", light="day", style="none")
            for zh in (False, True):
                texts = {captions.caption(rng, said, zh).lower() for _ in range(60)}
                assert len(texts) >= 8 and not any("{" in t for t in texts)
                assert all(t[("en", "zh")[zh]] in text for t in things[: relation.count] for text in texts)
                if motions[0] == "spin":
                    assert all(any(w in text for w in phrases.MOTIONS["spin"][zh]) for text in texts)
    said = dict(said, relation="chase", things=things[:2])
    assert any("a dog chases a red cat" in captions.caption(rng, said, False) for _ in range(200))
    assert any("一只狗追着一只红色的猫" in captions.caption(rng, said, True) for _ in range(400))


def test_full_draws_every_relation_and_place_and_small_its_own(store):
    drawn = [scene(store, 0, i, SIZES[0], 81, 0, 1, world=FULL)["facts"] for i in range(2500)]
    assert {f["relation"] for f in drawn} == {"", *RELATIONS}
    assert {f["place"] for f in drawn} == {"", *phrases.PLACES} and {f["style"] for f in drawn} == set(phrases.STYLES)
    assert all(f["camera"] == "static" for f in drawn if f["relation"] and RELATIONS[f["relation"]].runs)
    small = [scene(store, 0, i, SIZES[0], 81, 0, 1, world=SMALL)["facts"] for i in range(800)]
    assert {f["relation"] for f in small} == {""} and {f["place"] for f in small} == {"", *SMALL.places}


def test_the_small_world_draws_what_the_shipped_model_was_trained_on(store):
    assert [scene(store, 7, i, (80, 128), 41, world=SMALL)["caption"] for i in range(8)] == [
        "A photo, the camera moves left, in the rain",
        "The orange heart is still and a yellow fish rises upwards in a forest, fixed shot, in daylight.",
        "the scene, tilt down.",
        "a pink balloon stands still in a village, fixed shot, the sun sets.",
        "near a volcano, a blue heart moves left, fixed shot.",
        "the camera is still, on a sunny day",
        "实景，镜头向上摇",
        "在村庄里，鱼远离镜头，从黑夜变成白天",
    ]
    assert list(backgrounds.PAINTERS)[:24] == sorted(SMALL.places)  # the number of a place is part of its canvases' seed


def test_there_is_a_painter_for_every_place():
    assert set(backgrounds.PAINTERS) == set(phrases.PLACES) and len(phrases.PLACES) >= 25
    assert set(phrases.PLACES) >= backgrounds.INDOOR | backgrounds.DARK
    for place in set(phrases.PLACES) - set(SMALL.places):
        pictures = [backgrounds.paint(place, v) for v in (0, 1)]
        assert all(far.std() > 10 and near[..., 3].any() for far, near in pictures)
        assert not np.array_equal(pictures[0][0], pictures[1][0]) and not np.array_equal(pictures[0][1], pictures[1][1])


def test_a_comic_has_dark_outlines(store, renderer):
    dark = {}
    for style in ("none", "comic"):
        wanted = PLAIN | dict(place="garden", style=style, count=1, en="star", motion="still")
        frame = (renderer.render([scene(store, 3, 2, SIZES[0], 9, 0, 1, wanted=wanted)])[0, :, 0] + 1) / 2  # [3,H,W]
        dark[style] = (frame.amax(0) < 0.1).float().mean()
    assert dark["none"] < 0.01 < 0.02 < dark["comic"] < 0.3


def test_night_vision_is_green_dark_at_the_edges_and_grainy(store, renderer):
    wanted = PLAIN | dict(style="nightvision", count=1, motion="still")
    whole = (renderer.render([scene(store, 3, 2, SIZES[0], 9, wanted=wanted)])[0] + 1) / 2  # [3,T,H,W]
    red, green, blue = whole.mean((1, 2, 3))
    assert green > 2 * max(red, blue)
    assert whole[1, :, :12, :12].mean() < 0.5 * whole[1, :, 60:84, 110:146].mean()
    assert 0.01 < (whole[1, 1:] - whole[1, :-1]).abs().mean() < 0.1
    window = (renderer.render([scene(store, 3, 2, SIZES[0], 9, 4, 3, wanted=wanted)])[0] + 1) / 2
    assert (window - whole[:, 4:7]).abs().max() < 1e-5


def test_only_one_character_of_the_new_words_is_unknown_to_the_tokenizer(tokenizer):
    new = [phrases.PLACES[k] for k in set(phrases.PLACES) - set(SMALL.places)] + [phrases.STYLES[k] for k in ("nightvision", "comic", "sketch")]
    new += [*phrases.RELATIONS.values(), *[([en], [zh]) for en, zh in phrases.SIDES.values()]]
    letters = {c for words in new for language in words for wording in language for c in wording} - set(" {}")
    assert {c for c in letters if tokenizer.unk_id() in tokenizer.encode(c)} == {"追"}


def test_the_vocabulary_is_that_of_the_world(store):
    full, small = (vocabulary(store, world) for world in (FULL, SMALL))
    groups = {g["name"]: g for g in full["groups"]}
    assert {"chases", "is to the left of", "behind"} <= set(groups["relations"]["en"]) and "追着" in groups["relations"]["zh"]
    assert "in a vineyard" in groups["places"]["en"] and {"follow", "kitchen", "vision"} <= set(full["words"]["en"])
    assert not any("{" in w for w in full["words"]["en"] + full["words"]["zh"])
    assert [g["name"] for g in small["groups"]] == ["things", "motions", "places", "cameras", "weather", "light", "style"]
    assert "in a vineyard" not in small["groups"][2]["en"] and "chases" not in small["words"]["en"]


def test_the_words_of_a_tokenizer_have_relations(store):
    objects = [o | dict(images=o["sprites"]) for o in store.objects]
    lines = "\n".join(random_captions(objects, 600, 1))
    assert all(w in lines for w in ("chases", "to the left of", "追着", "在", "between", "夜视"))

"""What a name is taken apart into."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg.resolution.chinese
import kg.resolution.words
from kg.resolution.chinese import abbreviation
from kg.resolution.forms import forms_of
from kg.resolution.people import person_name


@pytest.mark.parametrize("module", [kg.resolution.chinese, kg.resolution.words])
def test_examples_in_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


SAME_KEY = [
    ("Knowledge Graph", "knowledge  graph"),
    ("knowledge graphs", "Knowledge Graph"),
    ("ＩＢＭ", "IBM"),
    ("I.B.M.", "IBM"),
    ("Apple Inc.", "Apple"),
    ("OpenAI, L.P.", "OpenAI"),
    ("The New York Times", "New York Times"),
    ("Johnson & Johnson", "Johnson and Johnson"),
    ("María García", "Maria Garcia"),
    ("Conan O’Brien", "Conan O'Brien"),
    ("scikit-learn", "Scikit Learn"),
    ("colour theory", "color theory"),
    ("World Health Organisation", "World Health Organization"),
    ("indices", "indexes"),
    ("CRDTs", "CRDT"),
    ("Vue.js", "Vue"),
    ("HTTP/2", "HTTP 2"),
    ("Python 3", "Python3"),
    ("GPT-4", "gpt4"),
    ("Release v2.1", "Release 2.1"),
    ("World War II", "World War 2"),
    ("Type II diabetes", "type 2 diabetes"),
    ("MIT Licence", "MIT License"),
    ("北京大學", "北京大学"),
    ("華為技術有限公司", "华为"),
    ("《紅樓夢》", "红楼梦"),
    ("神舟九号", "神舟9号"),
    ("第二次世界大战", "第2次世界大戰"),
]


@pytest.mark.parametrize(("left", "right"), SAME_KEY)
def test_one_name_written_in_two_ways_has_one_key(left: str, right: str) -> None:
    assert forms_of(left)[0].key == forms_of(right)[0].key


OTHER_KEY = [
    ("Python", "Python 3"),
    ("GPT-4", "GPT-4o"),
    ("HTTP", "HTTPS"),
    ("C", "C++"),
    ("C++", "C#"),
    ("Louis XIV", "Louis XVI"),
    ("EMNLP 2021", "EMNLP 2022"),
    ("iPhone 15", "iPhone 15 Pro"),
    ("Weekly Sync 2026-11-03", "Weekly Sync 2026-11-10"),
    ("第一次世界大战", "第二次世界大战"),
    ("小米14", "小米15"),
    ("张三", "张四"),
    ("WHO", "The Who"),
    ("vi", "6"),
]


@pytest.mark.parametrize(("left", "right"), OTHER_KEY)
def test_versions_and_symbols_are_part_of_the_identity(left: str, right: str) -> None:
    assert forms_of(left)[0].key != forms_of(right)[0].key


def test_what_is_in_parentheses_is_short_for_the_name_or_says_which() -> None:
    long, short = forms_of("Natural Language Processing (NLP)")
    assert (long.key, short.acronym) == ("naturallanguageprocessing", "nlp")
    (book,) = forms_of("Dune (novel)")
    assert (book.key, book.qualifier) == ("dune", ("novel",))


def test_a_library_of_javascript_has_two_spellings() -> None:
    assert {form.key for form in forms_of("Node.js")} == {"node", "nodejs"}


@pytest.mark.parametrize(
    ("name", "given_names", "family"),
    [
        ("John Smith", ("john",), "smith"),
        ("Smith, John", ("john",), "smith"),
        ("J.R.R. Tolkien", ("j", "r", "r"), "tolkien"),
        ("A. M. Turing", ("a", "m"), "turing"),
        ("Dr. Mara Lindqvist", ("mara",), "lindqvist"),
        ("Guido van Rossum", ("guido",), "vanrossum"),
        ("王芳教授", ("芳",), "王"),
        ("歐陽修", ("修",), "欧阳"),
        ("阿尔伯特·爱因斯坦", ("阿尔伯特",), "爱因斯坦"),
        ("Watson", (), "watson"),
        ("Martin Luther King, Jr.", ("martin", "luther"), "king"),
        ("Sammy Davis Jr", ("sammy",), "davis"),
    ],
)
def test_names_of_people(name: str, given_names: tuple[str, ...], family: str) -> None:
    person = person_name(forms_of(name)[0])
    assert person is not None
    assert (person.given, person.family) == (given_names, family)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("北师大", "北京师范大学"),
        ("社科院", "中国社会科学院"),
        ("工行", "中国工商银行"),
        ("上海交大", "上海交通大学"),
        ("北理工", "北京理工大学"),
    ],
)
def test_an_abbreviation_keeps_a_character_of_each_word(short: str, long: str) -> None:
    assert abbreviation(short, long) == 1.0


@pytest.mark.parametrize(
    ("short", "long"),
    [("上海大学", "上海交通大学"), ("中国银行", "中国工商银行"), ("清华", "北京大学"), ("华为", "华为云")],
)
def test_a_shorter_name_is_not_always_an_abbreviation(short: str, long: str) -> None:
    assert abbreviation(short, long) == 0.0


@given(st.text(max_size=30))
def test_any_text_can_be_taken_apart(name: str) -> None:
    for form in forms_of(name):
        assert form.key
        assert person_name(form) is None or form.tokens
    assert forms_of(name) == forms_of(name)


@given(st.text(alphabet="abcdé 北京三十百第号.,-'()&0123IVX", max_size=24))
def test_names_of_odd_parts_can_be_taken_apart(name: str) -> None:
    assert all(form.key for form in forms_of(name))


@pytest.mark.parametrize("name", ["", " ", "!!!", "🙂", "()", "(" * 300, "x" * 300])
def test_a_name_without_a_letter_has_no_form(name: str) -> None:
    assert forms_of(name) == ()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("バス", "ハス"),
        ("май", "маи"),
        ("हिन्दी", "हिन्दू"),
        ("กา", "กี"),
        ("A*", "A"),
        (".NET", "net"),
        ("A/B testing", "B testing"),
        ("iPhone SE", "iPhone"),
        ("holding company", "holding"),
        ("互联网公司", "互联网"),
        ("四川", "五川"),
    ],
)
def test_no_letter_of_any_script_is_lost(left: str, right: str) -> None:
    a, b = forms_of(left)[0], forms_of(right)[0]
    assert a.key != b.key
    assert a.tokens != b.tokens


def test_a_company_has_more_legal_forms_than_other_things() -> None:
    for name, short in (
        ("Siemens AG", "siemen"),
        ("苹果公司", "苹果"),
        ("京东集团", "京东"),
        ("Elastic N.V.", "elastic"),
    ):
        assert forms_of(name, is_organisation=True)[0].key == short


@pytest.mark.parametrize("name", ["四川", "百度", "三星", "九江", "三亚", "万科"])
def test_numerals_that_are_part_of_a_name_are_no_number(name: str) -> None:
    assert forms_of(name)[0].numbers == ()

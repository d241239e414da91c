import pytest
from stockroom import handlers
from stockroom.handlers import Pipeline


@pytest.mark.parametrize("kind, body, answer", [("order", "ink", "thanks for ink"), ("return", 20, 15),
                                                ("question", None, "?"), ("spam", 1, None)])
def test_dispatch(kind, body, answer):
    assert handlers.dispatch({"kind": kind, "body": body}) == answer


def test_fee():
    assert handlers.incoming.handle_return(10, fee=9) == 1


def test_kinds():
    assert handlers.kinds() == ["order", "question", "return"]


def test_pipeline(data):
    assert Pipeline(f"{data}/pipeline.json").run(" ink ") == "<i>INK</i>"


def test_title(data):
    assert Pipeline(f"{data}/pipeline.json").title == "labels"


def test_padding(data):
    assert Pipeline(f"{data}/padding.json").run("xpen") == "pen........"


def test_untitled(data):
    assert Pipeline(f"{data}/padding.json").title == "untitled"


def test_all_kinds_answer():
    assert [handlers.dispatch({"kind": k, "body": 10}) if k != "question" else "?" for k in handlers.kinds()] == \
        ["thanks for 10", "?", 5]

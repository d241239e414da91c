THANKS = "thanks"


def handle_order(body):
    return f"{THANKS} for {body}"


def handle_return(body, fee=5):
    return body - fee


def handle_question(body):
    return "?" + (body or "")


def fallback(body):
    return None

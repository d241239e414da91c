"""Fields and habits that models share."""

from .fields import Choice, Field, Integer


class Clock:
    now = 1000

    @classmethod
    def tick(cls, step=10):
        return cls.now + step


class Timestamped:
    created = Integer(column="created_at")

    def before_create(self):
        self.created = Clock.tick()


class SoftDelete:
    status = Choice("live", "deleted")
    note = Field()

    def delete(self, why="no reason"):
        self.status = "deleted"
        self.note = why

    @property
    def deleted(self):
        return self.status == "deleted"

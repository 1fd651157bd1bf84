"""Addresses of the day for people without an account: rooms, screens, slides, questions and votes, what is on now."""

from django.urls import path

from control.public import floor, line, on_now, room, room_kept, screen, slides, wall, zoom

app_name = "control"
urlpatterns = [
    # Before the links, none of which is so short.
    path("room/kept/", room_kept.page, name="room_kept"),
    path("room/worker.js", room_kept.worker, name="room_worker"),
    path("room/<str:token>/", room.room, name="room"),
    path("room/<str:token>/live/", room.room_state, name="room_state"),
    path("room/<str:token>/reports/", room.room_reports, name="room_reports"),
    path("room/<str:token>/line/", line.line_result, name="line_result"),
    path("room/<str:token>/line/begin/", line.line_begin, name="line_begin"),
    path("room/<str:token>/line/ping/", line.line_ping, name="line_ping"),
    path("room/<str:token>/line/download/", line.line_download, name="line_download"),
    path("room/<str:token>/line/upload/", line.line_upload, name="line_upload"),
    path("wall/<str:token>/", wall.wall, name="wall"),
    path("wall/<str:token>/live/", wall.wall_now, name="wall_now"),
    path("hooks/zoom/<str:token>/", zoom.zoom, name="zoom"),
    path("slides/<str:token>/", slides.slides, name="slides"),
    path("j/<str:token>/floor/", floor.page, name="floor"),
    path("j/<str:token>/floor/live/", floor.part, name="floor_live"),
    path("screen/<str:token>/", screen.screen, name="screen"),
    path("screen/<str:token>/live/", screen.screen_now, name="screen_now"),
    path("<slug:slug>/now/", on_now.page, name="now"),
    path("<slug:slug>/now/live/", on_now.part, name="now_live"),
]


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bridges', '0003_short_name'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='bridgepoint',
            name='bridge_point_one_hub',
        ),
        migrations.AlterField(
            model_name='bridgepoint',
            name='is_hub',
            field=models.BooleanField(default=False, help_text='The hall to which all other points are connected; a conference has one.', verbose_name='main hall'),
        ),
        migrations.AlterField(
            model_name='historicalbridgepoint',
            name='is_hub',
            field=models.BooleanField(default=False, help_text='The hall to which all other points are connected; a conference has one.', verbose_name='main hall'),
        ),
    ]
